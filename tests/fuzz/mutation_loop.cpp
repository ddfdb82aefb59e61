// Drives a fuzz target without libFuzzer: seeds are changed at random and handed over, one after
// the other, in this process. Understands those of libFuzzer's options that tools/fuzz.sh and the
// tests use: -runs, -max_total_time, -timeout (seconds), -rss_limit_mb, -max_len, -seed, -dict and
// -artifact_prefix; the other arguments are seeds, or folders of them.

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size);
extern "C" [[gnu::weak]] size_t LLVMFuzzerCustomMutator(uint8_t* bytes, size_t size, size_t most,
                                                        unsigned seed);

namespace {

namespace fs = std::filesystem;

struct Options {
  int64_t runs = std::numeric_limits<int64_t>::max();
  int64_t max_total_time = 0, timeout = 10, rss_limit_mb = 1024, max_len = 4096, seed = 1;
  std::string dict, artifact_prefix = "./";
  std::vector<std::string> seeds;
};

Options parse(int argc, char** argv) {
  Options options;
  const std::pair<std::string_view, int64_t*> numbers[] = {
      {"-runs=", &options.runs},       {"-max_total_time=", &options.max_total_time},
      {"-timeout=", &options.timeout}, {"-rss_limit_mb=", &options.rss_limit_mb},
      {"-max_len=", &options.max_len}, {"-seed=", &options.seed}};
  const std::pair<std::string_view, std::string*> texts[] = {
      {"-dict=", &options.dict}, {"-artifact_prefix=", &options.artifact_prefix}};
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    bool known = false;
    for (const auto& [name, value] : numbers) {
      if (!word.starts_with(name)) continue;
      std::from_chars(word.data() + name.size(), word.data() + word.size(), *value);
      known = true;
    }
    for (const auto& [name, value] : texts) {
      if (!word.starts_with(name)) continue;
      *value = word.substr(name.size());
      known = true;
    }
    if (!known && word.starts_with('-')) {
      std::fprintf(stderr, "unknown option %s\n", argv[i]);
      std::exit(2);
    }
    if (!known) options.seeds.emplace_back(word);
  }
  return options;
}

std::vector<uint8_t> content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::vector<uint8_t>> read_seeds(const Options& options) {
  std::vector<fs::path> files;
  for (const fs::path path : options.seeds) {
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    for (const auto& entry : fs::directory_iterator(path)) files.push_back(entry.path());
  }
  // So that a number of a seed means the same everywhere.
  std::sort(files.begin(), files.end());
  std::vector<std::vector<uint8_t>> seeds;
  for (const fs::path& file : files) seeds.push_back(content(file));
  return seeds;
}

/// The words of a dictionary in libFuzzer's form: one in quotes a line, bytes as \xNN.
std::vector<std::vector<uint8_t>> read_dictionary(const std::string& file) {
  std::vector<std::vector<uint8_t>> words;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const size_t begin = line.find('"'), end = line.rfind('"');
    if (line.starts_with('#') || begin == end) continue;
    std::vector<uint8_t>& word = words.emplace_back();
    for (size_t i = begin + 1; i < end; ++i) {
      if (line[i] == '\\' && line[i + 1] == 'x') {
        unsigned byte = 0;
        std::from_chars(&line[i + 2], &line[i + 4], byte, 16);
        word.push_back(static_cast<uint8_t>(byte));
        i += 3;
      } else {
        if (line[i] == '\\') ++i;
        word.push_back(static_cast<uint8_t>(line[i]));
      }
    }
  }
  return words;
}

/// Changes bytes as libFuzzer does, without knowing what they mean.
class Mutator {
 public:
  using Bytes = std::vector<uint8_t>;

  explicit Mutator(const Options& options)
      : seeds_(read_seeds(options)),
        words_(read_dictionary(options.dict)),
        draws_(static_cast<unsigned>(options.seed)) {
    // Everything begins with nothing, too.
    if (seeds_.empty()) seeds_.emplace_back();
    if (words_.empty()) words_.push_back({0});
  }

  size_t draw(size_t count) { return draws_() % count; }
  const Bytes& any_seed() { return seeds_[draw(seeds_.size())]; }

  void change(Bytes& bytes, size_t most) {
    for (size_t n = 1 + draw(4); n > 0; --n) change_once(bytes);
    if (bytes.size() > most) bytes.resize(most);
  }

 private:
  static constexpr size_t kLongestRun = 2048;

  size_t place(const Bytes& bytes) { return draw(bytes.size() + 1); }
  /// The bytes from `at`, some of them.
  size_t length(const Bytes& bytes, size_t at) {
    const size_t rest = bytes.size() - at;
    return rest == 0 ? 0 : 1 + draw(draw(2) ? rest : std::min<size_t>(rest, 8));
  }
  static void insert(Bytes& bytes, size_t at, const Bytes& what) {
    bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(at), what.begin(), what.end());
  }
  static Bytes part(const Bytes& bytes, size_t at, size_t count) {
    const auto begin = bytes.begin() + static_cast<ptrdiff_t>(at);
    return {begin, begin + static_cast<ptrdiff_t>(count)};
  }
  static void overwrite(Bytes& bytes, size_t at, const Bytes& what) {
    std::copy_n(what.begin(), std::min(what.size(), bytes.size() - at),
                bytes.begin() + static_cast<ptrdiff_t>(at));
  }

  void change_once(Bytes& bytes) {
    const size_t at = place(bytes);
    switch (draw(12)) {
      case 0:
        if (at < bytes.size()) bytes[at] ^= static_cast<uint8_t>(1 << draw(8));
        break;
      case 1:
        if (at < bytes.size()) bytes[at] = static_cast<uint8_t>(draws_());
        break;
      case 2:
        insert(bytes, at, Bytes(1 + draw(8), static_cast<uint8_t>(draws_())));
        break;
      case 3: {
        const auto begin = bytes.begin() + static_cast<ptrdiff_t>(at);
        bytes.erase(begin, begin + static_cast<ptrdiff_t>(length(bytes, at)));
        break;
      }
      case 4:  // what stands at one place, at another too
        overwrite(bytes, place(bytes), part(bytes, at, length(bytes, at)));
        break;
      case 5:  // the same, pushing the rest back
        insert(bytes, place(bytes), part(bytes, at, length(bytes, at)));
        break;
      case 6:
        insert(bytes, at, words_[draw(words_.size())]);
        break;
      case 7:
        overwrite(bytes, at, words_[draw(words_.size())]);
        break;
      case 8:
        change_decimal(bytes, at);
        break;
      case 9:
        overwrite(bytes, at, binary_number());
        break;
      case 10: {  // the front of this and the back of another
        const Bytes& other = any_seed();
        bytes.resize(at);
        const size_t from = place(other);
        insert(bytes, at, part(other, from, other.size() - from));
        break;
      }
      default:  // deep nesting, long texts
        if (at < bytes.size()) insert(bytes, at, Bytes(1 + draw(kLongestRun), bytes[at]));
    }
  }

  /// Another number in place of the digits that follow `at`.
  void change_decimal(Bytes& bytes, size_t at) {
    static constexpr std::array kNumbers = {"0",
                                            "1",
                                            "-1",
                                            "2",
                                            "255",
                                            "256",
                                            "65535",
                                            "65536",
                                            "0.5",
                                            "1e308",
                                            "-1e-320",
                                            "2147483647",
                                            "2147483648",
                                            "4294967295",
                                            "4294967296",
                                            "9223372036854775807",
                                            "9223372036854775808",
                                            "-9223372036854775808",
                                            "18446744073709551615",
                                            "18446744073709551616",
                                            "1e99999",
                                            "0e308",
                                            "0.0000000000000000000000000000000001",
                                            "NaN",
                                            "-Infinity"};
    auto digit = [](uint8_t c) { return std::isdigit(c) != 0; };
    const auto begin = std::find_if(bytes.begin() + static_cast<ptrdiff_t>(at), bytes.end(), digit);
    const auto end = std::find_if_not(begin, bytes.end(), digit);
    if (begin == end) return;
    const std::string_view number = kNumbers[draw(kNumbers.size())];
    const auto behind = bytes.erase(begin, end);
    bytes.insert(behind, number.begin(), number.end());
  }

  /// A number at an edge, in 1, 2, 4 or 8 bytes of either order.
  Bytes binary_number() {
    static constexpr std::array<uint64_t, 8> kEdges = {
        0, 1, 0x7f, 0x80, 0xffff, uint64_t{1} << 31, uint64_t{1} << 32, ~uint64_t{0}};
    const uint64_t value = kEdges[draw(kEdges.size())] + draw(3) - 1;
    Bytes bytes(size_t{1} << draw(4));
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * i));
    if (draw(2)) std::reverse(bytes.begin(), bytes.end());
    return bytes;
  }

  std::vector<Bytes> seeds_, words_;
  std::minstd_rand draws_;
};

Mutator* mutator = nullptr;

// What the handler of a signal needs to keep the input that caused it.
const uint8_t* current = nullptr;
size_t current_size = 0;
char kept[4096];

void say(const char* text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
}

void keep_input(const char* cause) {
  say(cause);
  if (std::FILE* file = std::fopen(kept, "wb")) {
    std::fwrite(current, 1, current_size, file);
    std::fclose(file);
    say("; the input is kept in ");
    say(kept);
  }
  say("\n");
}

void on_signal(int signal) {
  keep_input(signal == SIGALRM ? "fuzz: the time limit of an input is over" : ::strsignal(signal));
  ::_exit(1);
}

/// On a stack of its own: the usual one may be exhausted.
void catch_signals() {
  static char stack[1 << 16];
  const stack_t other{stack, 0, sizeof stack};
  ::sigaltstack(&other, nullptr);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM}) {
    ::sigaction(signal, &action, nullptr);
  }
}

int64_t peak_memory_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss >> 10;
}

/// The next input, in `bytes`.
void make_input(std::vector<uint8_t>& bytes, const Options& options) {
  const auto most = static_cast<size_t>(options.max_len);
  bytes = mutator->any_seed();
  for (size_t n = 1 + mutator->draw(5); n > 0; --n) {
    if (!LLVMFuzzerCustomMutator) {
      mutator->change(bytes, most);
      continue;
    }
    const size_t size = std::min(bytes.size(), most);
    bytes.resize(most);
    const auto seed = static_cast<unsigned>(mutator->draw(1 << 30));
    bytes.resize(LLVMFuzzerCustomMutator(bytes.data(), size, most, seed));
  }
}

}  // namespace

/// What libFuzzer offers to mutators of targets.
extern "C" size_t LLVMFuzzerMutate(uint8_t* bytes, size_t size, size_t most) {
  std::vector<uint8_t> changed(bytes, bytes + size);
  mutator->change(changed, most);
  std::copy(changed.begin(), changed.end(), bytes);
  return changed.size();
}

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  Mutator changes(options);
  mutator = &changes;
  std::snprintf(kept, sizeof kept, "%sfailed-%lld", options.artifact_prefix.c_str(),
                static_cast<long long>(options.seed));
  catch_signals();
  const int64_t memory_before = peak_memory_mb();
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  std::vector<uint8_t> bytes;
  int64_t runs = 0;
  for (; runs < options.runs; ++runs) {
    if (options.max_total_time > 0 &&
        Clock::now() - start > std::chrono::seconds(options.max_total_time)) {
      break;
    }
    make_input(bytes, options);
    current = bytes.data();
    current_size = bytes.size();
    ::alarm(static_cast<unsigned>(options.timeout));
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    ::alarm(0);
    if (peak_memory_mb() - memory_before > options.rss_limit_mb) {
      keep_input("fuzz: the memory limit is passed");
      return 1;
    }
  }
  const std::chrono::duration<double> seconds = Clock::now() - start;
  std::printf("%lld inputs in %.1f s, peak memory %lld MB\n", static_cast<long long>(runs),
              seconds.count(), static_cast<long long>(peak_memory_mb()));
  return 0;
}
