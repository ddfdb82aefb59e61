#include "note.h"

#include <clipwork/error.h>
#include <clipwork/host/platform.h>

#include <cstring>
#include <filesystem>
#include <iomanip>

namespace clipwork {
namespace {

template <size_t N>
bool ends(const char (&field)[N]) {
  return std::memchr(field, 0, N) != nullptr;
}

const char* debug_name(uint32_t debug) {
  switch (debug) {
    case PluginNote::kNoDebug:
      return "neither _GLIBCXX_ASSERTIONS nor _GLIBCXX_DEBUG";
    case PluginNote::kAssertions:
      return "_GLIBCXX_ASSERTIONS";
    case PluginNote::kDebugContainers:
      return "_GLIBCXX_DEBUG";
    default:
      return "an unknown debug mode";
  }
}

const char* sanitizer_name(uint32_t sanitizer) {
  switch (sanitizer) {
    case PluginNote::kNoSanitizer:
      return "no sanitizer";
    case PluginNote::kAddress:
      return "-fsanitize=address";
    case PluginNote::kThread:
      return "-fsanitize=thread";
    case PluginNote::kMemory:
      return "-fsanitize=memory";
    default:
      return "an unknown sanitizer";
  }
}

/// What cures a plugin that was built against another Clipwork; of an installation, with the
/// commands.
std::string rebuild_advice() {
  std::string advice = "build the plugin against this Clipwork (find_package(clipwork))";
  const std::filesystem::path libraries = library_folder();
  std::error_code unknown;
  if (std::filesystem::exists(libraries / "cmake/clipwork", unknown)) {
    advice += cat(": cmake -B build -DCMAKE_PREFIX_PATH=", libraries.parent_path().string(),
                  " && cmake --build build");
  }
  return advice;
}

}  // namespace

PluginNote read_note(const ElfFile& file) {
  const char* macro =
      "a Clipwork plugin has CLIPWORK_PLUGIN(name, \"version\") in one of its sources";
  if (file.notes.empty()) throw InputError("it has no Clipwork note", {}, macro);
  if (file.notes.size() > 1) {
    throw InputError(cat("it has ", file.notes.size(), " Clipwork notes"), {},
                     "use CLIPWORK_PLUGIN in only one source of a plugin");
  }
  const Bytes bytes = file.notes[0];
  const char* damaged = "the file is damaged; copy or rebuild it";
  uint32_t head[3];  // magic, size, version: the same in every version of the note
  if (bytes.size() < sizeof(head)) throw InputError("its Clipwork note is too short", {}, damaged);
  std::memcpy(head, bytes.data(), sizeof(head));
  if (head[0] != PluginNote::kMagic || head[1] != bytes.size()) {
    throw InputError("its Clipwork note is damaged (magic number or size)", {}, damaged);
  }
  if (head[2] != PluginNote::kVersion) {
    throw InputError(cat("its note has version ", head[2], ", this program expects version ",
                         PluginNote::kVersion),
                     {}, rebuild_advice());
  }
  if (bytes.size() != sizeof(PluginNote))
    throw InputError("its Clipwork note has an impossible size", {}, damaged);
  PluginNote note;
  std::memcpy(&note, bytes.data(), sizeof(note));
  if (!ends(note.torch_version) || !ends(note.torch_build) || !ends(note.standard_library) ||
      !ends(note.compiler) || !ends(note.name) || !ends(note.plugin_version) ||
      !ends(note.on_demand) || !ends(note.license) || !ends(note.maintainer) || !ends(note.url) ||
      !ends(note.kinds)) {
    throw InputError("a string in its Clipwork note is not terminated", {}, damaged);
  }
  if (!is_plugin_name(note.name))
    throw InputError("the name in its Clipwork note is not a valid plugin name", {}, damaged);
  return note;
}

const PluginNote& own_note() {
  static constinit const PluginNote note =
      make_plugin_note("clipwork", "0", "", CLIPWORK_TORCH_BUILD).note;
  return note;
}

std::string layout_text(const PluginNote& note) {
  return cat(std::hex, std::setw(16), std::setfill('0'), note.layout_hash());
}

std::vector<std::string> differences(const PluginNote& plugin, const PluginNote& program) {
  std::vector<std::string> lines;
  auto compare = [&](const char* what, const auto& theirs, const auto& ours,
                     const std::string& advice) {
    if (theirs != ours) {
      lines.push_back(cat(what, ": the plugin was built with ", theirs, ", this program with ",
                          ours, "; ", advice));
    }
  };
  const std::string rebuild = rebuild_advice();
  compare("ABI number", plugin.abi_number, program.abi_number, rebuild);
  compare("layout of the public headers", layout_text(plugin), layout_text(program), rebuild);
  auto torch = [](const PluginNote& note) {
    return cat(note.torch_version, " (", note.torch_build, ")");
  };
  compare("LibTorch", torch(plugin), torch(program),
          "build the plugin with this program's LibTorch (set CLIPWORK_TORCH to its folder)");
  auto strings = [](const PluginNote& note) {
    return cat("_GLIBCXX_USE_CXX11_ABI=", note.new_string_abi);
  };
  compare("C++ string ABI", strings(plugin), strings(program),
          "build the plugin without that definition");
  compare("standard library", std::string(plugin.standard_library),
          std::string(program.standard_library),
          "build the plugin with the same kind of compiler as this program");
  compare("debug mode", std::string(debug_name(plugin.debug)),
          std::string(debug_name(program.debug)), "use the same definitions for both");
  compare("sanitizer", std::string(sanitizer_name(plugin.sanitizer)),
          std::string(sanitizer_name(program.sanitizer)),
          "use the same preset for the program and its plugins");
  auto math = [](const PluginNote& note) {
    return std::string(note.fast_math ? "-ffast-math" : "exact floating point");
  };
  compare("floating point", math(plugin), math(program),
          "build the plugin without it: it changes the arithmetic of the whole process");
  return lines;
}

}  // namespace clipwork
