#pragma once
// The last line of the terminal, which is drawn over again and again.

#include <string>

namespace clipwork {

/// Draws `line` in place of the status line before it; empty: removes it. Messages are printed
/// above.
void set_status_line(const std::string& line);

}  // namespace clipwork
