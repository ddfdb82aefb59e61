#include "evaluation/json_list.h"

#include <clipwork/error.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <zip.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace clipwork {

namespace {

using Kind = JsonValue::Kind;

struct Node {
  Kind kind;
  uint32_t next;  ///< the place behind the value
  union {
    bool boolean;
    int64_t integer;
    double real;
    struct {
      uint32_t begin, length;
    } text;
    uint32_t count;
  };
};

}  // namespace

class JsonTape {
 public:
  std::vector<Node> nodes;
  std::string texts;

  void clear() {
    nodes.clear();
    texts.clear();
    open_.clear();
  }
  Node& add(Kind kind) {
    if (!open_.empty()) ++nodes[open_.back()].count;
    return put(kind);
  }
  void add_text(const char* text, size_t length) { place(add(Kind::text), text, length); }
  /// A name is not counted: the value behind it is.
  void add_key(const char* text, size_t length) { place(put(Kind::text), text, length); }
  void begin(Kind kind) {
    add(kind).count = 0;
    open_.push_back(static_cast<uint32_t>(nodes.size() - 1));
  }
  void end() {
    nodes[open_.back()].next = static_cast<uint32_t>(nodes.size());
    open_.pop_back();
  }

 private:
  std::vector<uint32_t> open_;

  Node& put(Kind kind) {
    Node& node = nodes.emplace_back();
    node.kind = kind;
    node.next = static_cast<uint32_t>(nodes.size());
    return node;
  }
  void place(Node& node, const char* text, size_t length) {
    node.text = {static_cast<uint32_t>(texts.size()), static_cast<uint32_t>(length)};
    texts.append(text, length);
  }
};

JsonValue::Kind JsonValue::kind() const { return tape_->nodes[at_].kind; }
int64_t JsonValue::integer() const { return tape_->nodes[at_].integer; }
bool JsonValue::boolean() const { return tape_->nodes[at_].boolean; }
uint32_t JsonValue::count() const { return tape_->nodes[at_].count; }
JsonValue JsonValue::next() const { return {tape_, tape_->nodes[at_].next}; }

double JsonValue::number() const {
  const Node& node = tape_->nodes[at_];
  return node.kind == Kind::integer ? static_cast<double>(node.integer) : node.real;
}

std::string_view JsonValue::text() const {
  const Node& node = tape_->nodes[at_];
  return std::string_view(tape_->texts).substr(node.text.begin, node.text.length);
}

bool JsonValue::find(std::string_view key, JsonValue* member) const {
  bool found = false;
  JsonValue name(tape_, at_ + 1);
  for (uint32_t i = 0, count = this->count(); i < count; ++i) {
    JsonValue value = name.next();
    if (name.text() == key) {
      *member = value;
      found = true;
    }
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
  if (is(Kind::real)) return cat(number());
  if (is(Kind::text) && text().size() < 40) return cat("'", text(), "'");
  return clipwork::described(kind());
}

namespace {

/// RapidJSON's idea of a stream.
class Stream {
 public:
  using Ch = char;

  explicit Stream(ByteSource& source) : source_(source), buffer_(1 << 16) { fill(); }
  Ch Peek() const { return at_ == end_ ? '\0' : buffer_[at_]; }
  Ch Take() {
    if (at_ == end_) return '\0';
    char c = buffer_[at_++];
    if (at_ == end_) fill();
    return c;
  }
  size_t Tell() const { return before_ + at_; }
  bool ended() const { return at_ == end_; }
  // Required by RapidJSON's concept, used by output streams only.
  Ch* PutBegin() { return nullptr; }
  void Put(Ch) {}
  size_t PutEnd(Ch*) { return 0; }

 private:
  void fill() {
    before_ += end_;
    at_ = 0;
    end_ = source_.read(buffer_.data(), buffer_.size());
  }
  ByteSource& source_;
  std::vector<char> buffer_;
  size_t before_ = 0, at_ = 0, end_ = 0;
};

/// RapidJSON's idea of who is told.
class Handler {
 public:
  explicit Handler(JsonLists& lists) : lists_(lists) {}

  bool Null() {
    return value(Kind::null, [](Node&) {});
  }
  bool Bool(bool b) {
    return value(Kind::boolean, [&](Node& node) { node.boolean = b; });
  }
  bool Int(int i) { return Int64(i); }
  bool Uint(unsigned i) { return Int64(i); }
  bool Int64(int64_t i) {
    return value(Kind::integer, [&](Node& node) { node.integer = i; });
  }
  bool Uint64(uint64_t i) {
    if (i <= INT64_MAX) return Int64(static_cast<int64_t>(i));
    return Double(static_cast<double>(i));
  }
  bool Double(double d) {
    return value(Kind::real, [&](Node& node) { node.real = d; });
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
      tape_.add_key(text, length);
    } else if (depth_ == 1) {
      key_.assign(text, length);
      wanted_ = lists_.wants(key_);
    }
    return true;
  }
  bool StartObject() { return start(Kind::object); }
  bool StartArray() { return start(Kind::array); }
  bool EndObject(rapidjson::SizeType) { return end(); }
  bool EndArray(rapidjson::SizeType) { return end(); }

 private:
  static constexpr int kDeepest = 500;

  bool in_entry() const { return list_depth_ > 0 && depth_ >= list_depth_; }

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
    if (depth_ == kDeepest) {
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

  bool end() {
    --depth_;
    if (in_entry()) {
      tape_.end();
      finish();
    } else if (depth_ < list_depth_) {
      list_depth_ = 0;
    }
    return true;
  }

  /// Hands over the entry if it is whole.
  void finish() {
    if (depth_ != list_depth_) return;
    lists_.entry(list_depth_ == 1 ? std::string_view() : key_, {&tape_, 0});
    tape_.clear();
  }

  JsonLists& lists_;
  JsonTape tape_;
  std::string key_;
  bool wanted_ = false;
  int depth_ = 0;       ///< open brackets
  int list_depth_ = 0;  ///< how many of them are open round an entry; 0 outside of lists
};

class OpenFile : public ByteSource {
 public:
  explicit OpenFile(const std::filesystem::path& path)
      : path_(path), file_(std::fopen(path.c_str(), "rb")) {
    if (!file_) fail();
  }
  ~OpenFile() override { std::fclose(file_); }
  size_t read(char* bytes, size_t size) override {
    size_t got = std::fread(bytes, 1, size, file_);
    if (got == 0 && std::ferror(file_)) fail();
    return got;
  }

 private:
  [[noreturn]] void fail() const {
    throw InputError(cat("cannot be read: ", std::strerror(errno)), path_.string());
  }
  std::filesystem::path path_;
  std::FILE* file_;
};

class OpenZip : public ByteSource {
 public:
  explicit OpenZip(const std::filesystem::path& path) : path_(path) {
    int code = 0;
    zip_ = zip_open(path.c_str(), ZIP_RDONLY, &code);
    if (!zip_) {
      zip_error_t error;
      zip_error_init_with_code(&error, code);
      std::string text = zip_error_strerror(&error);
      zip_error_fini(&error);
      throw InputError(cat("cannot be read as a zip file: ", text), path.string());
    }
    member_ = zip_fopen(zip_, "results.json", 0);
    if (!member_) {
      std::string names;
      zip_int64_t count = zip_get_num_entries(zip_, 0);
      for (zip_int64_t i = 0; i < count && i < 5; ++i)
        names += cat(i ? ", " : "", zip_get_name(zip_, i, ZIP_FL_ENC_GUESS));
      if (count > 5) names += ", ...";
      std::string cause = zip_strerror(zip_);
      zip_discard(zip_);
      throw InputError(cat("has no results.json at its root (", cause, ")"), path.string(),
                       cat("it contains ", count ? names : "nothing"));
    }
  }
  ~OpenZip() override {
    zip_fclose(member_);
    zip_discard(zip_);
  }
  size_t read(char* bytes, size_t size) override {
    zip_int64_t got = zip_fread(member_, bytes, size);
    if (got < 0) {
      throw InputError(cat("results.json in it cannot be read: ", zip_file_strerror(member_)),
                       path_.string());
    }
    return static_cast<size_t>(got);
  }

 private:
  std::filesystem::path path_;
  zip_t* zip_ = nullptr;
  zip_file_t* member_ = nullptr;
};

}  // namespace

ByteSource::~ByteSource() = default;
JsonLists::~JsonLists() = default;

std::unique_ptr<ByteSource> open_file(const std::filesystem::path& file) {
  return std::make_unique<OpenFile>(file);
}

std::unique_ptr<ByteSource> open_zip(const std::filesystem::path& file) {
  return std::make_unique<OpenZip>(file);
}

void read_json(ByteSource& source, JsonLists& lists) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag |
                              rapidjson::kParseNanAndInfFlag |
                              rapidjson::kParseValidateEncodingFlag;
  Stream stream(source);
  Handler handler(lists);
  rapidjson::Reader reader;
  rapidjson::ParseResult result = reader.Parse<kFlags>(stream, handler);
  std::string problem;
  if (!result) {
    problem = rapidjson::GetParseError_En(result.Code());
    if (problem.ends_with('.')) problem.pop_back();
  } else if (!stream.ended()) {
    problem = "unexpected data after the end";
  }
  if (!problem.empty()) {
    throw InputError(cat("is not valid JSON at byte ",
                         (result ? stream.Tell() : result.Offset()) + 1, ": ", problem));
  }
}

}  // namespace clipwork
