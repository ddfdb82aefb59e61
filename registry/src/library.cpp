#include "library.h"

#include <clipwork/error.h>
#include <cxxabi.h>

#include <boost/dll/shared_library.hpp>
#include <cstdlib>
#include <deque>
#include <string_view>

namespace clipwork {
namespace {

constexpr const char* kSymbolCharacters =
    "_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The dynamic linker's own words of Boost's message, which wraps them and adds a stray "Bad file
/// descriptor".
std::string linker_message(const std::string& text) {
  constexpr std::string_view kWrap = "dlerror system message: ";
  const size_t begin = text.find(kWrap), end = text.rfind(')');
  if (begin == text.npos || end == text.npos || end < begin) return text;
  return text.substr(begin + kWrap.size(), end - begin - kWrap.size());
}

/// The message with the C++ name that people know added to the linker's.
std::string with_readable_symbol(const std::string& message) {
  const size_t begin = message.find("_Z");
  if (begin == message.npos) return message;
  const size_t end = message.find_first_not_of(kSymbolCharacters, begin);
  const std::string mangled = message.substr(begin, end - begin);
  char* name = abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, nullptr);
  std::string text = name ? cat(message, " (", name, ")") : message;
  std::free(name);
  return text;
}

}  // namespace

EntryFunction load_library(const std::string& absolute_path) {
  namespace dll = boost::dll;
  try {
    // Never freed: a plugin's code must outlive everything that it made.
    static auto& kept = *new std::deque<dll::shared_library>;
    dll::shared_library& library =
        kept.emplace_back(absolute_path, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
    if (!library.has("clipwork_plugin_entry")) {
      throw InputError("it has a note but no entry function", {},
                       "build it with CLIPWORK_PLUGIN and clipwork_plugin()");
    }
    return &library.get<void(PluginEntry&)>("clipwork_plugin_entry");
  } catch (const dll::fs::system_error& error) {
    throw InputError(
        cat("the dynamic linker cannot load it: ",
            with_readable_symbol(linker_message(error.what()))),
        {}, "build it against this Clipwork and LibTorch, with all its libraries installed");
  }
}

}  // namespace clipwork
