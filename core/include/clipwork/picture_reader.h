#pragma once
// Readers of picture files: data sets use one, so that they need no picture library of their own.

#include <clipwork/api.h>
#include <clipwork/component.h>

#include <string>

namespace clipwork {

/// Reads picture files. Unlike other components it may be used by several threads at once.
class CLIPWORK_API PictureReader : public Component {
 public:
  static constexpr const char* kKind = "picture_reader";
  ~PictureReader() override;
  /// A picture, in the format that its content has, whatever its name: uint8 RGB [3, H, W]. Throws
  /// InputError naming the file.
  virtual Tensor read(const std::string& file) const = 0;
};

}  // namespace clipwork
