#include <clipwork/data/read_picture.h>
#include <clipwork/error.h>
#include <clipwork/make_component.h>
#include <clipwork/source.h>

namespace clipwork {

Tensor read_picture(const std::string& file) {
  Value parameters = Value::table();
  parameters.set("path", file);
  const std::optional<Frame> frame = make_component<Source>("images", parameters)->next();
  if (!frame) throw InputError("the picture cannot be read", file);
  return frame->pixels;
}

}  // namespace clipwork
