#pragma once
// Standard output without characters that a terminal would act on.

#include <memory>

namespace clipwork::cli {

/// As long as it lives, all that is written to std::cout passes `printable`: names from files
/// cannot move the cursor, change colours or the title, or hide what follows.
class PrintableOutput {
 public:
  PrintableOutput();
  ~PrintableOutput();
  PrintableOutput(const PrintableOutput&) = delete;
  PrintableOutput& operator=(const PrintableOutput&) = delete;

 private:
  class Buffer;
  std::unique_ptr<Buffer> buffer_;
};

}  // namespace clipwork::cli
