#pragma once
// The macro that makes a shared library a plugin. In one source file of it:
//
//   CLIPWORK_PLUGIN(nearest_mask, "0.1.0") {
//     registry.add<NearestMask>("nearest_mask", "links rows whose masks lie nearest");
//   }
//
// Built with clipwork_plugin() of find_package(clipwork), which sets visibility, OpenMP and
// CLIPWORK_TORCH_BUILD.

// Ahead of all other headers, so that this is the first message.
#ifndef CLIPWORK_TORCH_BUILD
#error \
    "CLIPWORK_TORCH_BUILD is not set: build plugins with clipwork_plugin() of find_package(clipwork)"
#endif
#if !defined(_OPENMP) && !defined(__clang__)
#error \
    "plugins are compiled with OpenMP: build them with clipwork_plugin() of find_package(clipwork)"
#endif

// VERSION, LICENSE, MAINTAINER, URL and KIND_HEADERS of clipwork_plugin(); each may be missing.
#ifndef CLIPWORK_PLUGIN_VERSION
#define CLIPWORK_PLUGIN_VERSION ""
#endif
#ifndef CLIPWORK_PLUGIN_LICENSE
#define CLIPWORK_PLUGIN_LICENSE ""
#endif
#ifndef CLIPWORK_PLUGIN_MAINTAINER
#define CLIPWORK_PLUGIN_MAINTAINER ""
#endif
#ifndef CLIPWORK_PLUGIN_URL
#define CLIPWORK_PLUGIN_URL ""
#endif
#ifndef CLIPWORK_PLUGIN_KINDS
#define CLIPWORK_PLUGIN_KINDS ""
#endif

#include <clipwork/plugin_note.h>
#include <clipwork/registrar.h>

#include <exception>
#include <string>

namespace clipwork {

/// Exchanged between program and plugin when the plugin registers. No exception crosses here.
struct PluginEntry {
  Registrar& registrar;
  const PluginNote* note = nullptr;  ///< the plugin's own, in memory
  bool failed = false;
  std::string failure = {};  ///< what was thrown, where `failed`
};

/// Runs the block behind CLIPWORK_PLUGIN; an exception becomes text.
inline void run_plugin_entry(PluginEntry& entry, const PluginNoteSection& section,
                             void (*register_components)(Registrar&)) noexcept {
  entry.note = &section.note;
  try {
    register_components(entry.registrar);
  } catch (const std::exception& error) {
    entry.failed = true;
    entry.failure = error.what();
  } catch (...) {
    entry.failed = true;
    entry.failure = "an object that is not a std::exception";
  }
}

}  // namespace clipwork

/// The plugin `name` (letters, digits, '_') of this version, which may be CLIPWORK_PLUGIN_VERSION,
/// that of CMake; the block that follows registers its components with `registry`.
#define CLIPWORK_PLUGIN(name, version) CLIPWORK_PLUGIN_ON_DEMAND(name, version, "")

/// The same for a plugin that is slow to load: it is loaded only when a component of one of `kinds`
/// ("source sink") is asked for, and may register no others.
#define CLIPWORK_PLUGIN_ON_DEMAND(name, version, kinds)                                     \
  CLIPWORK_NOTE_ATTRIBUTES static constinit const clipwork::PluginNoteSection               \
      clipwork_plugin_note = clipwork::make_plugin_note(                                    \
          #name, version, kinds, CLIPWORK_TORCH_BUILD,                                      \
          {CLIPWORK_PLUGIN_VERSION, CLIPWORK_PLUGIN_LICENSE, CLIPWORK_PLUGIN_MAINTAINER,    \
           CLIPWORK_PLUGIN_URL, CLIPWORK_PLUGIN_KINDS});                                    \
  static void clipwork_register_components(clipwork::Registrar& registry);                  \
  extern "C" __attribute__((visibility("default"))) void clipwork_plugin_entry(             \
      clipwork::PluginEntry& entry) noexcept {                                              \
    clipwork::run_plugin_entry(entry, clipwork_plugin_note, &clipwork_register_components); \
  }                                                                                         \
  static void clipwork_register_components(clipwork::Registrar& registry)
