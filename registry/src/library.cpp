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

/// What Boost puts before the dynamic linker's own words.
constexpr std::string_view kLinkerWrap = "dlerror system message: ";

/// The dynamic linker's own words of Boost's message, which wraps them and adds a stray "Bad file
/// descriptor".
std::string linker_message(const std::string& text) {
  const size_t begin = text.find(kLinkerWrap), end = text.rfind(')');
  if (begin == text.npos || end == text.npos || end < begin) return text;
  return text.substr(begin + kLinkerWrap.size(), end - begin - kLinkerWrap.size());
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

LinkerLocked initialiser_threw(const std::string& file, const std::string& what) {
  return LinkerLocked(cat("a static initialiser of it threw (", what,
                          "), after which the process cannot load libraries any more"),
                      file, "remove the file from the folders that are searched, or repair it");
}

/// Loads the library and keeps it: a plugin's code must outlive everything that it made.
boost::dll::shared_library& kept_library(const std::string& path) {
  namespace dll = boost::dll;
  static auto& kept = *new std::deque<dll::shared_library>;
  try {
    return kept.emplace_back(path, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
  } catch (const std::exception& error) {
    if (std::string_view(error.what()).find(kLinkerWrap) != std::string_view::npos) throw;
    throw initialiser_threw(path, error.what());
  } catch (...) {
    throw initialiser_threw(path, "an object that is not a std::exception");
  }
}

}  // namespace

EntryFunction load_library(const std::string& absolute_path) {
  try {
    boost::dll::shared_library& library = kept_library(absolute_path);
    if (!library.has("clipwork_plugin_entry")) {
      throw InputError("it has a note but no entry function", {},
                       "build it with CLIPWORK_PLUGIN and clipwork_plugin()");
    }
    return &library.get<void(PluginEntry&)>("clipwork_plugin_entry");
  } catch (const boost::dll::fs::system_error& error) {
    throw InputError(
        cat("the dynamic linker cannot load it: ",
            with_readable_symbol(linker_message(error.what()))),
        {}, "build it against this Clipwork and LibTorch, with all its libraries installed");
  }
}

}  // namespace clipwork
