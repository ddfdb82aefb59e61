#include "cli/interrupt.h"

#include <csignal>

namespace clipwork::cli {
namespace {

volatile std::sig_atomic_t asked = 0;
int alive = 0;

void ask(int) { asked = 1; }

}  // namespace

Interrupt::Interrupt() {
  if (alive++ > 0) return;
  asked = 0;
  struct sigaction action {};
  action.sa_handler = ask;
  // Reset: the second signal meets the default, which ends the program. Restart: reads and writes
  // go on undisturbed.
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

Interrupt::~Interrupt() {
  if (--alive > 0) return;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool Interrupt::requested() { return asked != 0; }

}  // namespace clipwork::cli
