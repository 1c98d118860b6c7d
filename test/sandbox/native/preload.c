/* Loaded into the program `id` by a poisoned environment, it says so. */
#include <string.h>
#include <unistd.h>

extern char *program_invocation_short_name;

__attribute__((constructor)) static void loaded(void) {
  static const char text[] = "breach: a library was loaded by the environment\n";
  if (strcmp(program_invocation_short_name, "id") == 0 && write(1, text, sizeof text - 1) < 0) _exit(1);
}
