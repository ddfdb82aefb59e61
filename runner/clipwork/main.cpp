#include <clipwork/error.h>
#include <clipwork/version.h>

#include <cstdio>

#include "verb.h"

int main() {
  std::puts(CLIPWORK_VERSION);
  return 0;
}
