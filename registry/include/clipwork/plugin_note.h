#pragma once
// A plugin's identity and build settings, as its file states them in an ELF note (section
// .note.clipwork, owner "Clipwork"). The loader reads the note from the file's bytes and judges it
// before any code of the plugin runs.

#include <clipwork/layout_hash.h>
#include <torch/headeronly/version.h>

#include <cstdint>
#include <string_view>

namespace clipwork {

/// Raised with every change of what plugins and program exchange. Until 1.0 it must be equal on
/// both sides.
inline constexpr uint32_t kAbiNumber = 1;

/// The note: little-endian, no padding, texts end with a zero.
struct PluginNote {
  static constexpr uint32_t kMagic = 0x4b525743;  // "CWRK"
  static constexpr uint32_t kVersion = 2;
  enum Debug : uint32_t { kNoDebug = 0, kAssertions = 1, kDebugContainers = 2 };
  enum Sanitizer : uint32_t { kNoSanitizer = 0, kAddress = 1, kThread = 2, kMemory = 3 };

  uint32_t magic, size, version;  ///< `size` of this struct in bytes, `version` of its layout
  uint32_t abi_number;
  uint32_t layout_low, layout_high;  ///< hash over the text of the plugin-facing headers
  uint32_t new_string_abi;           ///< 1: _GLIBCXX_USE_CXX11_ABI
  uint32_t debug;                    ///< Debug: _GLIBCXX_ASSERTIONS, _GLIBCXX_DEBUG
  uint32_t fast_math;                ///< 1: -ffast-math
  uint32_t sanitizer;                ///< Sanitizer
  char torch_version[16];            ///< "2.11.0"
  char torch_build[32];              ///< "cuda/fb74ba78ffd3db73": kind and build ID of LibTorch
  char standard_library[16];         ///< "libstdc++"
  char compiler[64];                 ///< for people; not judged
  char name[48], plugin_version[32];
  /// Kinds of its components, where it is loaded only when one of them is asked for; else empty.
  char on_demand[64];
  char license[48], maintainer[96], url[128];  ///< for people; empty if CMake was not told
  /// The kinds of component of other plugins, or of its own, that it was compiled with, each with
  /// the hash of its header: "ranker:0123456789abcdef scorer:...".
  char kinds[256];

  constexpr uint64_t layout_hash() const {
    return static_cast<uint64_t>(layout_high) << 32 | layout_low;
  }
};
static_assert(sizeof(PluginNote) == 840);

/// The note with the header that ELF gives every note.
struct PluginNoteSection {
  static constexpr uint32_t kType = 0x43570001;
  uint32_t owner_size, note_size, type;
  char owner[12];
  PluginNote note;
};
static_assert(sizeof(PluginNoteSection) == 24 + sizeof(PluginNote));

// Sizes that a plugin author meets at compile time: a text that does not fit is no constant
// expression.
template <size_t N>
consteval void put_text(char (&field)[N], std::string_view text) {
  if (text.size() >= N) throw "this text is too long for the plugin's note";
  for (size_t i = 0; i < N; ++i) field[i] = i < text.size() ? text[i] : '\0';
}

constexpr bool is_plugin_name(std::string_view name) {
  for (char c : name) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') return false;
  }
  return !name.empty();
}

/// The arguments of clipwork_plugin() of CMake that go into the note.
struct PluginMetadata {
  std::string_view version, license, maintainer, url;
  std::string_view kinds;  ///< as PluginNote::kinds
};

/// The note of the file that is being compiled. `torch_build` is CLIPWORK_TORCH_BUILD, set by
/// clipwork_plugin() of CMake.
consteval PluginNoteSection make_plugin_note(std::string_view name, std::string_view version,
                                             std::string_view on_demand,
                                             std::string_view torch_build,
                                             const PluginMetadata& metadata = {}) {
  if (!is_plugin_name(name)) throw "a plugin's name has lower-case letters, digits and '_' only";
  if (version.empty()) throw "a plugin has a version";
  if (!metadata.version.empty() && metadata.version != version)
    throw "CLIPWORK_PLUGIN and clipwork_plugin(VERSION) name different versions";
  PluginNoteSection section{};
  section.owner_size = 9;
  section.note_size = sizeof(PluginNote);
  section.type = PluginNoteSection::kType;
  put_text(section.owner, "Clipwork");
  PluginNote& note = section.note;
  note.magic = PluginNote::kMagic;
  note.size = sizeof(PluginNote);
  note.version = PluginNote::kVersion;
  note.abi_number = kAbiNumber;
  note.layout_low = static_cast<uint32_t>(CLIPWORK_LAYOUT_HASH);
  note.layout_high = static_cast<uint32_t>(CLIPWORK_LAYOUT_HASH >> 32);
#if defined(_GLIBCXX_USE_CXX11_ABI)
  note.new_string_abi = _GLIBCXX_USE_CXX11_ABI;
#endif
#if defined(_GLIBCXX_DEBUG)
  note.debug = PluginNote::kDebugContainers;
#elif defined(_GLIBCXX_ASSERTIONS)
  note.debug = PluginNote::kAssertions;
#endif
#if defined(__FAST_MATH__)
  note.fast_math = 1;
#endif
#if defined(__SANITIZE_ADDRESS__)
  note.sanitizer = PluginNote::kAddress;
#elif defined(__SANITIZE_THREAD__)
  note.sanitizer = PluginNote::kThread;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  note.sanitizer = PluginNote::kAddress;
#elif __has_feature(thread_sanitizer)
  note.sanitizer = PluginNote::kThread;
#elif __has_feature(memory_sanitizer)
  note.sanitizer = PluginNote::kMemory;
#endif
#endif
  put_text(note.torch_version, TORCH_VERSION);
  put_text(note.torch_build, torch_build);
#if defined(__GLIBCXX__)
  put_text(note.standard_library, "libstdc++");
#elif defined(_LIBCPP_VERSION)
  put_text(note.standard_library, "libc++");
#endif
#if defined(__clang__)
  put_text(note.compiler, "clang " __clang_version__);
#elif defined(__GNUC__)
  put_text(note.compiler, "g++ " __VERSION__);
#endif
  put_text(note.name, name);
  put_text(note.plugin_version, version);
  put_text(note.on_demand, on_demand);
  put_text(note.license, metadata.license);
  put_text(note.maintainer, metadata.maintainer);
  put_text(note.url, metadata.url);
  put_text(note.kinds, metadata.kinds);
  return section;
}

}  // namespace clipwork

// clang's AddressSanitizer pads variables, which would make the note unreadable; g++ knows no such
// attribute for variables.
#if defined(__clang__)
#define CLIPWORK_NOTE_ATTRIBUTES \
  __attribute__((section(".note.clipwork"), used, aligned(4), no_sanitize("address")))
#else
#define CLIPWORK_NOTE_ATTRIBUTES __attribute__((section(".note.clipwork"), used, aligned(4)))
#endif
