#include <clipwork/error.h>
#include <clipwork/host/json_document.h>
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>

#include "base/foreign_file.h"
#include "base/json_number.h"

namespace clipwork {
namespace {

using rapidjson::SizeType;

/// Passes the events of RapidJSON's reader to a document, real numbers correctly rounded.
class RoundedNumbers {
 public:
  RoundedNumbers(rapidjson::Document& document, const rapidjson::MemoryStream& stream,
                 std::string_view text)
      : document_(document), stream_(stream), text_(text) {}

  bool Double(double approximate) {
    const std::optional<double> exact =
        exact_real(trailing_number(text_.substr(0, stream_.Tell())), approximate);
    return exact && document_.Double(*exact);
  }
  bool Null() { return document_.Null(); }
  bool Bool(bool value) { return document_.Bool(value); }
  bool Int(int value) { return document_.Int(value); }
  bool Uint(unsigned value) { return document_.Uint(value); }
  bool Int64(int64_t value) { return document_.Int64(value); }
  bool Uint64(uint64_t value) { return document_.Uint64(value); }
  bool RawNumber(const char*, SizeType, bool) { return false; }
  bool String(const char* text, SizeType length, bool copy) {
    return document_.String(text, length, copy);
  }
  bool StartObject() { return document_.StartObject(); }
  bool Key(const char* text, SizeType length, bool copy) {
    return document_.Key(text, length, copy);
  }
  bool EndObject(SizeType members) { return document_.EndObject(members); }
  bool StartArray() { return document_.StartArray(); }
  bool EndArray(SizeType entries) { return document_.EndArray(entries); }

 private:
  rapidjson::Document& document_;
  const rapidjson::MemoryStream& stream_;
  std::string_view text_;
};

}  // namespace

std::optional<std::string> parse_json(std::string_view text, rapidjson::Document& document) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseNanAndInfFlag;
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  document.SetNull();
  if (const auto foreign = recognise_foreign_file(text)) {
    return cat("byte 1: the file is ", foreign->kind, "; ", foreign->advice);
  }
  const size_t skipped = text.starts_with(kMark) ? kMark.size() : 0;
  text.remove_prefix(skipped);
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::ParseResult result;
  auto parse = [&](rapidjson::Document& target) {
    RoundedNumbers handler(target, stream, text);
    rapidjson::Reader reader;
    result = reader.Parse<kFlags>(stream, handler);
    return !result.IsError();
  };
  document.Populate(parse);
  if (!result) {
    const bool refused = result.Code() == rapidjson::kParseErrorTermination;
    return cat(
        "byte ", skipped + result.Offset() + 1, ": ",
        rapidjson::GetParseError_En(refused ? rapidjson::kParseErrorNumberTooBig : result.Code()));
  }
  // RapidJSON takes a zero byte for the end.
  if (stream.Tell() == text.size()) return {};
  document.SetNull();
  return cat("byte ", skipped + stream.Tell() + 1, ": unexpected data after the end");
}

}  // namespace clipwork
