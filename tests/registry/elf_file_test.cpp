#include "elf_file.h"

#include <clipwork/error.h>
#include <elf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>

#include "fixture.h"
#include "note.h"
#include "support.h"

using namespace clipwork;

namespace {

std::string fixture_bytes(const std::string& name) { return test::read_file(test::fixture(name)); }

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

/// The refusal of these bytes, or "" where they are a plugin.
std::string refusal_of_bytes(const std::string& bytes) {
  try {
    read_note(read_elf(bytes_of(bytes)));
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

template <class T>
std::string with(std::string bytes, size_t offset, T value) {
  return bytes.replace(offset, sizeof(T), reinterpret_cast<const char*>(&value), sizeof(T));
}

/// Where the content of the note stands in the file.
size_t note_offset(const std::string& bytes) {
  return static_cast<size_t>(read_elf(bytes_of(bytes)).notes.at(0).data() - bytes_of(bytes).data());
}

}  // namespace

TEST(ElfFile, ReadsNoteLibrariesAndMissingSymbols) {
  std::string bytes = fixture_bytes("good");
  ElfFile file = read_elf(bytes_of(bytes));
  PluginNote note = read_note(file);
  EXPECT_STREQ(note.name, "good");
  EXPECT_STREQ(note.plugin_version, "1.2.3");
  EXPECT_STREQ(note.on_demand, "");
  EXPECT_TRUE(differences(note, own_note()).empty());
  EXPECT_NE(std::ranges::find(file.needed, "libclipwork.so"), file.needed.end());
  EXPECT_EQ(file.run_path, "");
  EXPECT_NE(std::ranges::find(file.undefined, "_ZN8clipwork9Registrar5stageENS_13ComponentInfoE"),
            file.undefined.end());
}

TEST(ElfFile, ReadsTheNotesOfOthersWhateverTheirAlignment) {
  // Programs carry notes aligned to 4 and to 8.
  std::string program = test::read_file("/proc/self/exe");
  ElfFile file = read_elf(bytes_of(program));
  EXPECT_TRUE(file.notes.empty());
  EXPECT_FALSE(file.needed.empty());
}

TEST(ElfFile, RefusesAFileThatIsCutOffAnywhere) {
  const std::string bytes = fixture_bytes("no_entry");
  ASSERT_EQ(refusal_of_bytes(bytes), "");
  for (size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_NE(refusal_of_bytes(bytes.substr(0, size)), "") << "cut to " << size << " bytes";
  }
  EXPECT_EQ(refusal_of_bytes(""), "this is not a shared library (no ELF header)");
  EXPECT_NE(refusal_of_bytes(fixture_bytes("good").substr(0, 20000)).find("the file is truncated"),
            std::string::npos);
}

TEST(ElfFile, SurvivesRandomDamage) {
  const std::string whole = fixture_bytes("no_entry");
  std::mt19937 random(1);
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = whole;
    // Headers and tables decide where the reader goes, so most of the damage is done there.
    size_t end = round % 4 ? 1024 : bytes.size();
    for (unsigned flips = 1 + random() % 8; flips; --flips)
      bytes[random() % end] = static_cast<char>(random());
    refused += !refusal_of_bytes(bytes).empty();
  }
  EXPECT_GT(refused, 1000);
}

TEST(ElfFile, SurvivesEveryWordOfItsHeadersLying) {
  const std::string whole = fixture_bytes("no_entry");
  const Elf64_Ehdr header = [&] {
    Elf64_Ehdr value;
    std::memcpy(&value, whole.data(), sizeof(value));
    return value;
  }();
  auto lie = [&](size_t begin, size_t end) {
    for (size_t offset = begin; offset + 8 <= end; offset += 4) {
      for (uint64_t value :
           {uint64_t{0}, uint64_t{1}, uint64_t{whole.size()}, uint64_t{whole.size() - 1},
            uint64_t{0x7fffffff}, ~uint64_t{0}, ~uint64_t{0} - 7}) {
        refusal_of_bytes(with(whole, offset, value));
        refusal_of_bytes(with(whole, offset, static_cast<uint32_t>(value)));
      }
    }
  };
  lie(sizeof(Elf64_Ehdr) - 48, sizeof(Elf64_Ehdr) + header.e_phnum * sizeof(Elf64_Phdr));
  lie(header.e_shoff, whole.size());
  size_t note = note_offset(whole);
  lie(note - 24, note + sizeof(PluginNote));
}

TEST(ElfFile, RefusesOtherMachinesByName) {
  const std::string good = fixture_bytes("no_entry");
  EXPECT_NE(refusal_of_bytes(with(good, EI_CLASS, char{ELFCLASS32})).find("not 64-bit"),
            std::string::npos);
  EXPECT_NE(refusal_of_bytes(with(good, EI_DATA, char{ELFDATA2MSB})).find("big-endian"),
            std::string::npos);
  EXPECT_NE(refusal_of_bytes(with(good, offsetof(Elf64_Ehdr, e_machine), uint16_t{EM_S390}))
                .find("another processor"),
            std::string::npos);
  EXPECT_NE(refusal_of_bytes(with(good, offsetof(Elf64_Ehdr, e_type), uint16_t{ET_REL}))
                .find("not a shared library"),
            std::string::npos);
}

TEST(ElfFile, FindsTheNoteBySectionsOrBySegmentsAlone) {
  std::string bytes = fixture_bytes("no_entry");
  std::string no_sections = with(with(bytes, offsetof(Elf64_Ehdr, e_shoff), uint64_t{0}),
                                 offsetof(Elf64_Ehdr, e_shnum), uint16_t{0});
  EXPECT_EQ(refusal_of_bytes(no_sections), "");

  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  std::string no_segments = bytes;
  for (int i = 0; i < header.e_phnum; ++i) {
    size_t offset = header.e_phoff + static_cast<size_t>(i) * sizeof(Elf64_Phdr);
    uint32_t type;
    std::memcpy(&type, bytes.data() + offset, sizeof(type));
    if (type == PT_NOTE) no_segments = with(no_segments, offset, uint32_t{PT_NULL});
  }
  EXPECT_EQ(refusal_of_bytes(no_segments), "");
}

TEST(PluginNote, RefusesNoneSeveralAndDamagedOnes) {
  EXPECT_NE(refusal_of_bytes(fixture_bytes("no_note")).find("has no Clipwork note"),
            std::string::npos);
  EXPECT_NE(refusal_of_bytes(fixture_bytes("two_notes")).find("has 2 Clipwork notes"),
            std::string::npos);
  const std::string good = fixture_bytes("no_entry");
  size_t note = note_offset(good);
  EXPECT_NE(refusal_of_bytes(with(good, note, uint32_t{0})).find("magic number or size"),
            std::string::npos);
  EXPECT_NE(refusal_of_bytes(with(good, note + 4, uint32_t{sizeof(PluginNote) - 1}))
                .find("magic number or size"),
            std::string::npos);
  EXPECT_NE(refusal_of_bytes(with(good, note + 8, uint32_t{PluginNote::kVersion + 1}))
                .find(cat("has version ", PluginNote::kVersion + 1, ", this program expects")),
            std::string::npos);
  std::string endless = good;
  std::memset(endless.data() + note + offsetof(PluginNote, name), 'a', sizeof(PluginNote::name));
  EXPECT_NE(refusal_of_bytes(endless).find("is not terminated"), std::string::npos);
  EXPECT_NE(refusal_of_bytes(with(good, note + offsetof(PluginNote, name), '/'))
                .find("not a valid plugin name"),
            std::string::npos);
}

TEST(PluginNote, NamesAllDifferencesWithBothSides) {
  PluginNote theirs = own_note();
  EXPECT_TRUE(differences(theirs, own_note()).empty());
  theirs.abi_number = 7;
  theirs.debug = PluginNote::kAssertions;
  std::strcpy(theirs.torch_version, "2.10.0");
  std::vector<std::string> lines = differences(theirs, own_note());
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(lines[0].starts_with(
      cat("ABI number: the plugin was built with 7, this program with ", kAbiNumber,
          "; build the plugin against this Clipwork (find_package(clipwork))")))
      << lines[0];
  EXPECT_NE(lines[1].find("LibTorch: the plugin was built with 2.10.0 ("), std::string::npos);
  EXPECT_NE(lines[1].find(cat("this program with ", own_note().torch_version)), std::string::npos);
  EXPECT_NE(lines[2].find("the plugin was built with _GLIBCXX_ASSERTIONS"), std::string::npos);
}
