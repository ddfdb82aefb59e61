#pragma once

namespace clipwork::cli {

/// Takes the first Ctrl-C (SIGINT) or SIGTERM as a wish to end well; the second ends the program at
/// once. For the life of the object; one inside the life of another changes nothing. Made and
/// destroyed by one thread.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  static bool requested();
};

}  // namespace clipwork::cli
