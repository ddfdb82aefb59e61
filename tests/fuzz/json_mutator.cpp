#include "json_mutator.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

extern "C" size_t LLVMFuzzerMutate(uint8_t* bytes, size_t size, size_t most);

namespace clipwork::fuzz {
namespace {

using rapidjson::Value;

constexpr unsigned kRead = rapidjson::kParseNanAndInfFlag | rapidjson::kParseIterativeFlag;
constexpr const char* kNames[] = {
    "videos",      "categories",    "annotations", "images",      "id",           "video_id",
    "category_id", "image_id",      "track_id",    "instance_id", "frame_id",     "iscrowd",
    "score",       "segmentations", "areas",       "area",        "segmentation", "bboxes",
    "occlusion",   "size",          "counts",      "height",      "width",        "length",
    "name",        "file_name",     "file_names",  "files",       "sha256",       "dtype",
    "shape",       "data_offsets"};
constexpr const char* kTexts[] = {
    "34=", "0d0", "d0", "04", "", "a/0.jpg", "../x", "no_occlusion", "severe_occlusion", "PPPP"};
constexpr double kNumbers[] = {0, 1, 2, 3, 4, 5, 20, -1, 0.5, 4.5, 12.25, 1e9, 4294967295.0, 1e18};

class JsonMutator {
 public:
  JsonMutator(rapidjson::Document& document, unsigned seed) : document_(document), draws_(seed) {}

  void change() {
    for (size_t n = 1 + draw(3); n > 0; --n) {
      values_.clear();
      visit(document_);
      change(*values_[draw(values_.size())]);
    }
  }

 private:
  size_t draw(size_t count) { return draws_() % count; }
  template <class List>
  const auto& any(const List& list) {
    return list[draw(std::size(list))];
  }

  void visit(Value& value) {
    values_.push_back(&value);
    if (value.IsArray())
      for (rapidjson::SizeType i = 0; i < value.Size(); ++i) visit(value[i]);
    if (value.IsObject()) {
      // clang 14 cannot compare iterators of members in C++20.
      for (rapidjson::SizeType i = 0; i < value.MemberCount(); ++i)
        visit((value.MemberBegin() + static_cast<ptrdiff_t>(i))->value);
    }
  }

  void change(Value& value) {
    auto& memory = document_.GetAllocator();
    if (value.IsArray() && !value.Empty() && draw(2)) {
      const auto at = static_cast<rapidjson::SizeType>(draw(value.Size()));
      Value copy(value[at], memory);
      if (draw(2)) {
        value.PushBack(copy, memory);
      } else {
        value.Erase(value.Begin() + at);
      }
    } else if (value.IsObject() && !value.ObjectEmpty() && draw(2)) {
      auto at = value.MemberBegin() + static_cast<ptrdiff_t>(draw(value.MemberCount()));
      Value copy(at->value, memory);
      if (draw(2)) {
        value.AddMember(Value(any(kNames), memory), copy, memory);
      } else {
        value.EraseMember(at);
      }
    } else {
      replace(value);
    }
  }

  void replace(Value& value) {
    auto& memory = document_.GetAllocator();
    switch (draw(9)) {
      case 0:
        return void(value.SetNull());
      case 1:
        return void(value.SetBool(draw(2)));
      case 2:
        return void(value.SetInt64(draw(2) ? std::numeric_limits<int64_t>::max()
                                           : std::numeric_limits<int64_t>::min()));
      case 3:
        return void(value.SetInt(static_cast<int>(draw(12)) - 2));
      case 4:
        return void(
            value.SetDouble(draw(8) ? any(kNumbers) : std::numeric_limits<double>::quiet_NaN()));
      case 5:
        return void(value.SetString(any(kTexts), memory));
      case 6:
        return void(value.SetArray());
      default:
        // Another value of the file.
        Value copy(*values_[draw(values_.size())], memory);
        value = copy;
    }
  }

  rapidjson::Document& document_;
  std::minstd_rand draws_;
  std::vector<Value*> values_;
};

}  // namespace

size_t change_json(uint8_t* bytes, size_t size, size_t most, unsigned seed) {
  rapidjson::Document document;
  document.Parse<kRead>(reinterpret_cast<const char*>(bytes), size);
  if (document.HasParseError() || seed % 3 == 0) return LLVMFuzzerMutate(bytes, size, most);
  JsonMutator(document, seed).change();
  rapidjson::StringBuffer text;
  rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>,
                    rapidjson::CrtAllocator, rapidjson::kWriteNanAndInfFlag>
      writer(text);
  document.Accept(writer);
  if (text.GetSize() > most) return size;
  std::memcpy(bytes, text.GetString(), text.GetSize());
  return text.GetSize();
}

}  // namespace clipwork::fuzz
