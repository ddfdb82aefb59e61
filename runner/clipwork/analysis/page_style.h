#pragma once
// Beginning and end of the pages of an analysis: self-contained, light and dark, also on phones.

#include <string>

namespace clipwork::runs {

/// Up to the heading. The policy keeps a page whose texts come from files from loading anything.
std::string page_head(const std::string& title);
/// The script that sorts tables and filters #tracks, and the end.
std::string page_end();

}  // namespace clipwork::runs
