#include "diverted_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

namespace clipwork {
namespace {

void flush_output() {
  std::cout.flush();
  std::fflush(stdout);
}

}  // namespace

DivertedOutput::DivertedOutput() {
  flush_output();
  output_ = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (output_ >= 0) dup2(STDERR_FILENO, STDOUT_FILENO);
}

DivertedOutput::~DivertedOutput() {
  flush_output();
  if (output_ < 0) return;
  dup2(output_, STDOUT_FILENO);
  close(output_);
}

}  // namespace clipwork
