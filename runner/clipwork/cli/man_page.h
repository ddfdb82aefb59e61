#pragma once
// Manual pages, made from the help of commands.

#include <string>

#include "cli/command_help.h"

namespace clipwork::cli {

/// "clipwork-config-show": the page's name without its section.
std::string man_page_name(const CommandHelp& command);

/// The page in the language of man(7).
std::string man_page(const CommandHelp& command);

}  // namespace clipwork::cli
