#pragma once
#include <clipwork/host/registry.h>
#include <sys/types.h>

#include <utility>

#include "elf_file.h"

namespace clipwork {

/// The identity of the file, whatever its path, and its state.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  timespec changed = {};
  bool same_file(const FileIdentity& other) const {
    return device == other.device && inode == other.inode;
  }
  bool unchanged(const FileIdentity& other) const;
};

/// The identity of the file at this path; all zero if it does not exist.
FileIdentity identity_of(const std::string& path);

/// Judges a plugin from its bytes: who may write to it, its note, and what it asks for. No code of
/// it runs. Never throws: `refusal` says what is wrong, all of it.
std::pair<PluginInfo, FileIdentity> examine_file(const std::string& path);

/// Reasons not to load the libraries and symbols that a plugin requires into a process that has
/// `loaded`, one line each.
std::vector<std::string> import_faults(const ElfFile& file, const std::vector<std::string>& loaded);

/// One reason as it is, several as a list.
std::string reasons_text(const std::vector<std::string>& reasons);

}  // namespace clipwork
