/** Hosts whose paths name releases and packages: a version in one tells nothing about this machine. */
const PUBLISHERS =
  /^(?:(?:api\.|raw\.|codeload\.|objects\.)?github(?:usercontent)?\.com|gitlab\.com|bitbucket\.org|registry\.npmjs\.org|(?:test\.)?pypi\.org|files\.pythonhosted\.org|(?:static\.)?crates\.io|rubygems\.org|proxy\.golang\.org|repo1?\.maven\.(?:apache\.)?org|nodejs\.org|go\.dev|dl\.google\.com|storage\.googleapis\.com|hub\.docker\.com|releases\.hashicorp\.com|dl\.k8s\.io|download\.docker\.com)$/i

export function isKnownPublisher(host: string): boolean {
  return PUBLISHERS.test(host)
}
