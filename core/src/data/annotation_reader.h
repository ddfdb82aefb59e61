#pragma once
// The reader of annotation files, for data sets and for evaluation.

#include <clipwork/data/annotation_file.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "data/json_list.h"

namespace clipwork {

/// The policy for entries of an annotation file that are not as they should be.
enum class FaultPolicy {
  /// For data sets: fields may be missing, a damaged mask or an unknown degree of occlusion is a
  /// fault of its frame, and COCO's images are read. InputError where a field is of the wrong type.
  mend,
  /// For evaluation: InputError where the official code would stop, and where a mask is damaged.
  /// Fields that it does not use are not looked at.
  refuse
};

/// A value of an annotation that could not be read.
struct FrameFault {
  size_t annotation = 0;  ///< its index in the file
  int64_t frame = 0;
  std::string problem;
  std::string mended;  ///< in a sentence: the consequence
  int64_t count = 1;   ///< of this fault and those like it that are not listed
};

/// Reads an annotation file entry by entry. Annotations are handed over one by one, so that who
/// needs them in another form holds one at a time; everything else is kept.
class AnnotationReader : public JsonLists {
 public:
  /// Throws InputError, naming the file and the place in it, as the policy says.
  void read(const std::filesystem::path& path);

  void root(JsonValue::Kind kind) final;
  bool wants(std::string_view list) final;
  void member(std::string_view list, JsonValue::Kind kind) final;
  void entry(std::string_view list, const JsonValue& value) final;

 protected:
  explicit AnnotationReader(FaultPolicy policy) : policy_(policy) {}
  /// The list of annotations begins; of several, the last counts.
  virtual void clear_annotations() = 0;
  virtual void take(AnnotationFile::Annotation annotation) = 0;

  /// Whether the file had this list so far.
  bool has(std::string_view list) const;
  /// "annotations[3] (id 7)" for the annotation that is being read.
  std::string place(const AnnotationFile::Annotation& annotation) const;

  AnnotationFile file_;  ///< without annotations
  std::vector<FrameFault> faults_;

 private:
  const FaultPolicy policy_;
  std::set<std::string, std::less<>> lists_;  ///< that the file had so far
  size_t index_ = 0;                          ///< of the entry that is being read

  /// Notes a fault of the annotation that is being read. Only a few that are alike are listed, so
  /// that faults are not many times as large as the file.
  void note(int64_t frame, std::string problem, std::string mended);
  bool mends() const { return policy_ == FaultPolicy::mend; }
  std::optional<JsonValue> member_of(const JsonValue& entry, const char* key) const;
  std::optional<JsonValue> needed(const JsonValue& entry, const char* key,
                                  const std::string& advice = {}) const;
  std::optional<int64_t> id(const JsonValue& entry, const char* key) const;
  std::optional<int64_t> number(const JsonValue& entry,
                                std::initializer_list<const char*> keys) const;
  bool is_absent(const JsonValue& value) const;

  AnnotationFile::Video video(const JsonValue& entry) const;
  AnnotationFile::Image image(const JsonValue& entry) const;
  AnnotationFile::Category category(const JsonValue& entry) const;
  AnnotationFile::Annotation annotation(const JsonValue& entry);
  Size size(const JsonValue& entry) const;
  std::vector<std::string> file_names(const JsonValue& entry) const;
  std::optional<int64_t> track(const JsonValue& entry) const;
  std::optional<bool> crowd(const JsonValue& entry) const;
  std::optional<std::vector<std::optional<double>>> areas(const JsonValue& entry) const;
  std::vector<std::optional<double>> occlusion(const JsonValue& entry);
  void masks(const JsonValue& entry, AnnotationFile::Annotation& annotation);
  void mask(const JsonValue& value, AnnotationFile::Annotation& annotation);
  void polygons(const JsonValue& value, int64_t frame, AnnotationFile::Annotation& annotation);
};

}  // namespace clipwork
