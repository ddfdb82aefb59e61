#include "data/json_list.h"

#include <clipwork/error.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "base/foreign_file.h"
#include "base/json_number.h"

namespace clipwork {

using Kind = JsonValue::Kind;

std::optional<JsonValue> JsonValue::find(std::string_view key) const {
  std::optional<JsonValue> found;
  JsonValue name(tape_, at_ + 1);
  for (uint32_t i = 0, count = this->count(); i < count; ++i) {
    const JsonValue value = name.next();
    if (name.text() == key) found = value;
    name = value.next();
  }
  return found;
}

const char* described(JsonValue::Kind kind) {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "a boolean";
    case Kind::integer:
    case Kind::real:
      return "a number";
    case Kind::text:
      return "a string";
    case Kind::array:
      return "a list";
    case Kind::object:
      return "an object";
  }
  return "";
}

std::string JsonValue::described() const {
  if (is(Kind::integer)) return std::to_string(integer());
  if (is(Kind::real)) {
    // Large integers look like numbers of the file, but are rounded.
    constexpr double kExact = 1e15;
    char digits[32];
    const auto end = std::abs(number()) < kExact ? std::to_chars(digits, std::end(digits), number())
                                                 : std::to_chars(digits, std::end(digits), number(),
                                                                 std::chars_format::scientific);
    return {digits, end.ptr};
  }
  if (is(Kind::text) && text().size() < 40) return cat("'", text(), "'");
  return clipwork::described(kind());
}

namespace {

constexpr size_t kLongestNumber = 1 << 16;  ///< characters

/// An input stream as RapidJSON's reader expects it. At its end it holds zeros.
class Stream {
 public:
  using Ch = char;

  explicit Stream(ByteSource& source) : source_(source), buffer_(kLongestNumber + kBytes + 2) {
    at_ = end_ = buffer_.data();
    fill();
  }
  /// The bytes at the position that are in memory.
  std::string_view ahead() const { return {at_, end_}; }
  /// Those before it: at least the number that ends there, up to kLongestNumber characters and one.
  std::string_view behind() const { return {buffer_.data(), at_}; }
  void skip_byte_order_mark() {
    if (!ahead().starts_with("\xEF\xBB\xBF")) return;
    for (int i = 0; i < 3; ++i) Take();
  }
  Ch Peek() const { return *at_; }
  Ch Take() {
    if (at_ == end_) return '\0';
    const char c = *at_++;
    if (at_ == end_) fill();
    return c;
  }
  size_t Tell() const { return before_ + static_cast<size_t>(at_ - buffer_.data()); }
  bool ended() const { return at_ == end_; }
  // RapidJSON wants these, and calls them for streams that are written to.
  Ch* PutBegin() { return nullptr; }
  void Put(Ch) {}
  size_t PutEnd(Ch*) { return 0; }

 private:
  static constexpr size_t kBytes = 1 << 16;
  /// Reads on. A number that may go on behind the end of the buffer stays in it.
  void fill() {
    const std::string_view old(buffer_.data(), end_);
    size_t kept = 0;
    while (kept < old.size() && kept <= kLongestNumber &&
           is_number_character(old[old.size() - 1 - kept])) {
      ++kept;
    }
    before_ += old.size() - kept;
    std::memmove(buffer_.data(), end_ - kept, kept);
    char* next = buffer_.data() + kept;
    const size_t got = source_.read(next, kBytes);
    at_ = next;
    end_ = next + got;
    next[got] = '\0';
  }
  ByteSource& source_;
  std::vector<char> buffer_;
  size_t before_ = 0;  ///< bytes of the file before the buffer
  const char *at_ = nullptr, *end_ = nullptr;
};

/// Writes the values of an entry behind each other.
class TapeWriter {
 public:
  const JsonTape& tape() const { return tape_; }
  void clear() {
    tape_.nodes.clear();
    tape_.texts.clear();
    open_.clear();
  }
  JsonTape::Node& add(Kind kind) {
    refuse_above_limit(tape_.nodes.size());
    JsonTape::Node& node = tape_.nodes.emplace_back();
    node.kind = kind;
    node.next = static_cast<uint32_t>(tape_.nodes.size());
    return node;
  }
  void add_text(const char* text, size_t length) {
    refuse_above_limit(tape_.texts.size() + length);
    add(Kind::text).text = {static_cast<uint32_t>(tape_.texts.size()),
                            static_cast<uint32_t>(length)};
    tape_.texts.append(text, length);
  }
  void begin(Kind kind) {
    open_.push_back(static_cast<uint32_t>(tape_.nodes.size()));
    add(kind);
  }
  void end(uint32_t count) {
    JsonTape::Node& node = tape_.nodes[open_.back()];
    node.next = static_cast<uint32_t>(tape_.nodes.size());
    node.count = count;
    open_.pop_back();
  }

 private:
  JsonTape tape_;
  std::vector<uint32_t> open_;  ///< lists and objects that have not ended

  /// Places are 32-bit numbers.
  static void refuse_above_limit(size_t size) {
    if (size < std::numeric_limits<uint32_t>::max()) return;
    throw InputError("an entry of a list has more than 4 billion values or bytes of text");
  }
};

/// Takes the events of RapidJSON's reader.
class Handler {
 public:
  Handler(JsonLists& lists, JsonRules rules, const Stream& stream)
      : lists_(lists), rules_(rules), stream_(stream), whole_(lists.whole()) {}

  bool Null() {
    return value(Kind::null, [](JsonTape::Node&) {});
  }
  bool Bool(bool b) {
    return value(Kind::boolean, [&](JsonTape::Node& node) { node.boolean = b; });
  }
  bool Int(int i) { return Int64(i); }
  bool Uint(unsigned i) { return Int64(i); }
  bool Int64(int64_t i) {
    return value(Kind::integer, [&](JsonTape::Node& node) { node.integer = i; });
  }
  bool Uint64(uint64_t i) {
    if (i <= INT64_MAX) return Int64(static_cast<int64_t>(i));
    return Double(static_cast<double>(i));
  }
  bool Double(double approximate) {
    const std::string_view number = trailing_number(stream_.behind());
    if (number.size() > kLongestNumber) {
      throw InputError(cat("a number has more than ", kLongestNumber, " characters"),
                       cat("byte ", stream_.Tell() + 1));
    }
    const std::optional<double> exact = exact_real(number, approximate);
    if (!exact) return false;
    return value(Kind::real, [&](JsonTape::Node& node) { node.real = *exact; });
  }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return false; }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    if (!in_entry()) return outside(Kind::text);
    tape_.add_text(text, length);
    finish();
    return true;
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    if (in_entry()) {
      tape_.add_text(text, length);
    } else if (depth_ == 1) {
      key_.assign(text, length);
      wanted_ = lists_.wants(key_);
    }
    return true;
  }
  bool StartObject() { return start(Kind::object); }
  bool StartArray() { return start(Kind::array); }
  bool EndObject(rapidjson::SizeType members) { return end(members); }
  bool EndArray(rapidjson::SizeType entries) { return end(entries); }

 private:
  static constexpr int64_t kDeepest = 500;

  bool in_entry() const { return whole_ || (list_depth_ > 0 && depth_ >= list_depth_); }

  template <class Fill>
  bool value(Kind kind, Fill fill) {
    if (!in_entry()) return outside(kind);
    fill(tape_.add(kind));
    finish();
    return true;
  }

  /// A value, or the beginning of one, that belongs to no entry.
  bool outside(Kind kind) {
    if (depth_ == 0) {
      lists_.root(kind);
      if (kind == Kind::array) list_depth_ = 1;
    } else if (depth_ == 1 && wanted_) {
      lists_.member(key_, kind);
      if (kind == Kind::array) list_depth_ = 2;
    }
    return true;
  }

  bool start(Kind kind) {
    if (depth_ == kDeepest && rules_ == JsonRules::python) {
      throw InputError(cat("brackets are nested more than ", kDeepest, " levels deep"));
    }
    if (in_entry()) {
      tape_.begin(kind);
    } else {
      outside(kind);
    }
    ++depth_;
    return true;
  }

  bool end(uint32_t count) {
    --depth_;
    if (in_entry()) {
      tape_.end(count);
      finish();
    } else if (depth_ < list_depth_) {
      list_depth_ = 0;
    }
    return true;
  }

  /// Hands over the entry if it is whole.
  void finish() {
    if (depth_ != list_depth_) return;
    lists_.entry(list_depth_ == 1 ? std::string_view() : key_, {&tape_.tape(), 0});
    tape_.clear();
  }

  JsonLists& lists_;
  const JsonRules rules_;
  const Stream& stream_;
  const bool whole_;
  TapeWriter tape_;
  std::string key_;
  bool wanted_ = false;
  int64_t depth_ = 0;       ///< open brackets
  int64_t list_depth_ = 0;  ///< how many of them are open round an entry; 0 outside of lists
};

[[noreturn]] void refuse_text(size_t offset, const std::string& problem,
                              const std::string& advice = {}) {
  throw InputError(cat("is not valid JSON at byte ", offset + 1, ": ", problem), {}, advice);
}

[[noreturn]] void refuse_after_end(size_t offset) {
  refuse_text(offset, "unexpected data after the end",
              "a file contains one value; put several into one list");
}

[[noreturn]] void refuse_text(const rapidjson::ParseResult& result, const Stream& stream) {
  switch (result.Code()) {
    case rapidjson::kParseErrorTermination:
    case rapidjson::kParseErrorNumberTooBig:
      refuse_text(result.Offset(), "a number is too large for a double");
    case rapidjson::kParseErrorStringInvalidEncoding:
      refuse_text(result.Offset(), "a string is not valid UTF-8", "save the file as UTF-8");
    case rapidjson::kParseErrorDocumentRootNotSingular:
      refuse_after_end(result.Offset());
    default:
      break;
  }
  if (stream.ended()) {
    refuse_text(result.Offset(), "the file ends in the middle of a value",
                "it is incomplete; copy or download it again");
  }
  std::string problem = rapidjson::GetParseError_En(result.Code());
  if (problem.ends_with('.')) problem.pop_back();
  refuse_text(result.Offset(), problem);
}

class OpenFile : public ByteSource {
 public:
  explicit OpenFile(const std::filesystem::path& path)
      : file_(std::fopen(path.c_str(), "rb"), &std::fclose) {
    if (!file_) fail();
  }
  size_t read(char* bytes, size_t size) override {
    const size_t got = std::fread(bytes, 1, size, file_.get());
    if (got == 0 && std::ferror(file_.get())) fail();
    return got;
  }

 private:
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  [[noreturn]] static void fail() {
    throw InputError(cat("cannot be read: ", std::strerror(errno)));
  }
};

}  // namespace

ByteSource::~ByteSource() = default;
JsonLists::~JsonLists() = default;

std::unique_ptr<ByteSource> open_file(const std::filesystem::path& file) {
  return std::make_unique<OpenFile>(file);
}

void read_json(ByteSource& source, JsonLists& lists, JsonRules rules) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNanAndInfFlag;
  Stream stream(source);
  if (const auto foreign = recognise_foreign_file(stream.ahead())) {
    refuse_text(0, cat("the file is ", foreign->kind), std::string(foreign->advice));
  }
  stream.skip_byte_order_mark();
  Handler handler(lists, rules, stream);
  rapidjson::Reader reader;
  const rapidjson::ParseResult result =
      rules == JsonRules::python
          ? reader.Parse<kFlags | rapidjson::kParseValidateEncodingFlag>(stream, handler)
          : reader.Parse<kFlags>(stream, handler);
  if (!result) refuse_text(result, stream);
  // RapidJSON takes a zero byte for the end.
  if (!stream.ended()) refuse_after_end(stream.Tell());
}

}  // namespace clipwork
