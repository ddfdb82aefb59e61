#include "elf_file.h"

#include <clipwork/error.h>
#include <elf.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

namespace clipwork {
namespace {

#if defined(__x86_64__)
constexpr int kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr int kMachine = EM_AARCH64;
#else
#error "add this processor's ELF machine number"
#endif

constexpr uint64_t kMostSymbols = 1'000'000;
constexpr uint64_t kLongestText = 16'384;
constexpr std::string_view kOwner("Clipwork\0", 9);
constexpr const char* kRebuild = "the file is damaged; copy or rebuild it";

class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {}

  ElfFile read() {
    read_header();
    for (uint64_t i = 0; i < header_.e_phnum; ++i) {
      auto segment = at<Elf64_Phdr>(header_.e_phoff + i * sizeof(Elf64_Phdr), "a program header");
      part(segment.p_offset, segment.p_filesz, "a segment");
      segments_.push_back(segment);
    }
    for (const Elf64_Phdr& segment : segments_) {
      if (segment.p_type == PT_NOTE)
        read_notes(segment.p_offset, segment.p_filesz, segment.p_align);
      if (segment.p_type == PT_DYNAMIC) read_dynamic(segment);
    }
    // Tools that rewrite libraries (patchelf) may leave the note in its section only.
    for (uint64_t i = 0; i < header_.e_shnum; ++i) {
      auto section = at<Elf64_Shdr>(header_.e_shoff + i * sizeof(Elf64_Shdr), "a section header");
      if (section.sh_type == SHT_NOBITS || section.sh_type == SHT_NULL) continue;
      part(section.sh_offset, section.sh_size, "a section");
      if (section.sh_type == SHT_NOTE) {
        read_notes(section.sh_offset, section.sh_size, section.sh_addralign);
      }
    }
    return std::move(file_);
  }

 private:
  /// `size` bytes at `offset`, which must lie inside the file.
  Bytes part(uint64_t offset, uint64_t size, const char* what) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) {
      throw InputError(
          cat("the file is truncated: ", what, " would end beyond its ", bytes_.size(), " bytes"),
          {}, "copy or rebuild it");
    }
    return bytes_.subspan(offset, size);
  }

  template <class T>
  T at(uint64_t offset, const char* what) const {
    T value;
    std::memcpy(&value, part(offset, sizeof(T), what).data(), sizeof(T));
    return value;
  }

  void read_header() {
    if (bytes_.size() < SELFMAG || std::memcmp(bytes_.data(), ELFMAG, SELFMAG) != 0) {
      throw InputError("this is not a shared library (no ELF header)");
    }
    part(0, EI_NIDENT, "the ELF header");
    if (bytes_[EI_CLASS] != ELFCLASS64) {
      throw InputError("the library is not 64-bit, but this program is", {},
                       "build it for this machine");
    }
    if (bytes_[EI_DATA] != ELFDATA2LSB) {
      throw InputError("the library is big-endian, but this program is little-endian", {},
                       "build it for this machine");
    }
    header_ = at<Elf64_Ehdr>(0, "the ELF header");
    if (header_.e_machine != kMachine) {
      throw InputError(cat("the library is for another processor (ELF machine ", header_.e_machine,
                           ", this program's is ", kMachine, ")"),
                       {}, "build it for this machine");
    }
    if (header_.e_type != ET_DYN) {
      throw InputError("the file is ELF, but not a shared library", {},
                       "build it with clipwork_plugin()");
    }
    bool sections = header_.e_shoff != 0 || header_.e_shnum != 0;
    if (header_.e_phentsize != sizeof(Elf64_Phdr) ||
        (sections && header_.e_shentsize != sizeof(Elf64_Shdr))) {
      throw InputError("its headers have impossible sizes", {}, kRebuild);
    }
    part(header_.e_phoff, uint64_t{header_.e_phnum} * sizeof(Elf64_Phdr), "the program headers");
    part(header_.e_shoff, uint64_t{header_.e_shnum} * sizeof(Elf64_Shdr), "the section headers");
  }

  /// The file offset of a virtual address.
  uint64_t offset_of(uint64_t address, const char* what) const {
    for (const Elf64_Phdr& segment : segments_) {
      if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
          address - segment.p_vaddr < segment.p_filesz) {
        return segment.p_offset + (address - segment.p_vaddr);
      }
    }
    throw InputError(cat(what, " lies outside the file"), {}, kRebuild);
  }

  void read_notes(uint64_t offset, uint64_t size, uint64_t alignment) {
    // Newer kinds of notes are aligned to 8, counted from where each begins; every other value
    // means 4.
    const uint64_t step = alignment == 8 ? 8 : 4;
    auto aligned = [step](uint64_t bytes) { return (bytes + step - 1) / step * step; };
    Bytes rest = part(offset, size, "a note");
    while (rest.size() >= sizeof(Elf64_Nhdr)) {
      Elf64_Nhdr note;
      std::memcpy(&note, rest.data(), sizeof(note));
      uint64_t content_begin = aligned(sizeof(note) + uint64_t{note.n_namesz});
      uint64_t content_end = content_begin + note.n_descsz;
      if (content_end > rest.size()) {
        throw InputError("one of its notes has inconsistent sizes", {}, kRebuild);
      }
      std::string_view owner(reinterpret_cast<const char*>(rest.data() + sizeof(note)),
                             note.n_namesz);
      Bytes content = rest.subspan(content_begin, note.n_descsz);
      bool seen = std::ranges::any_of(
          file_.notes, [&](const Bytes& known) { return known.data() == content.data(); });
      if (owner == kOwner && !seen) file_.notes.push_back(content);
      // The padding behind the last note may be missing.
      rest = rest.subspan(std::min<uint64_t>(aligned(content_end), rest.size()));
    }
  }

  std::string_view text(Bytes texts, uint64_t offset) const {
    if (offset >= texts.size()) throw InputError("a name lies outside its table", {}, kRebuild);
    Bytes rest = texts.subspan(offset, std::min<uint64_t>(kLongestText, texts.size() - offset));
    const void* end = std::memchr(rest.data(), 0, rest.size());
    if (!end) throw InputError("a name is not terminated", {}, kRebuild);
    const char* begin = reinterpret_cast<const char*>(rest.data());
    return {begin, static_cast<size_t>(static_cast<const char*>(end) - begin)};
  }

  void read_dynamic(const Elf64_Phdr& segment) {
    std::optional<uint64_t> text_address, text_size, symbol_address, gnu_hash, plain_hash;
    std::vector<uint64_t> needed, run_paths;
    for (uint64_t i = 0; i < segment.p_filesz / sizeof(Elf64_Dyn); ++i) {
      auto entry = at<Elf64_Dyn>(segment.p_offset + i * sizeof(Elf64_Dyn), "the dynamic section");
      if (entry.d_tag == DT_NULL) break;
      if (entry.d_tag == DT_NEEDED) needed.push_back(entry.d_un.d_val);
      if (entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH)
        run_paths.push_back(entry.d_un.d_val);
      if (entry.d_tag == DT_STRTAB) text_address = entry.d_un.d_ptr;
      if (entry.d_tag == DT_STRSZ) text_size = entry.d_un.d_val;
      if (entry.d_tag == DT_SYMTAB) symbol_address = entry.d_un.d_ptr;
      if (entry.d_tag == DT_GNU_HASH) gnu_hash = entry.d_un.d_ptr;
      if (entry.d_tag == DT_HASH) plain_hash = entry.d_un.d_ptr;
    }
    if (!text_address || !text_size) throw InputError("it has no string table", {}, kRebuild);
    Bytes texts =
        part(offset_of(*text_address, "the string table"), *text_size, "the string table");
    for (uint64_t offset : needed) file_.needed.push_back(text(texts, offset));
    for (uint64_t offset : run_paths) file_.run_path = text(texts, offset);

    // The GNU hash covers defined symbols only, which stand behind all others: its second word is
    // how many those are. The older table's second word counts all.
    uint64_t count = 0;
    if (gnu_hash) {
      count = at<uint32_t>(offset_of(*gnu_hash, "the symbol hash") + 4, "the symbol hash");
    } else if (plain_hash) {
      count = at<uint32_t>(offset_of(*plain_hash, "the symbol hash") + 4, "the symbol hash");
    }
    if (count > kMostSymbols) throw InputError("it claims impossibly many symbols", {}, kRebuild);
    if (!symbol_address || count < 2) return;
    uint64_t symbols = offset_of(*symbol_address, "the symbol table");
    for (uint64_t i = 1; i < count; ++i) {
      auto symbol = at<Elf64_Sym>(symbols + i * sizeof(Elf64_Sym), "a symbol");
      if (symbol.st_shndx == SHN_UNDEF) file_.undefined.push_back(text(texts, symbol.st_name));
    }
  }

  Bytes bytes_;
  Elf64_Ehdr header_;
  std::vector<Elf64_Phdr> segments_;
  ElfFile file_;
};

}  // namespace

ElfFile read_elf(Bytes bytes) { return Reader(bytes).read(); }

}  // namespace clipwork
