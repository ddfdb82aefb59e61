#include <clipwork/dataset.h>
#include <clipwork/registry.h>
#include <clipwork/source.h>

namespace clipwork {

Dataset::~Dataset() = default;
std::vector<DatasetFault> Dataset::faults() const { return {}; }
bool Dataset::pictures() const { return false; }

Tensor read_picture(const std::string& file) {
  const ComponentInfo& info = Registry::instance().find(Source::kKind, "images");
  Value table = Value::table();
  table.set("path", file);
  Faults faults;
  Describer describer(&table, "source", faults);
  std::shared_ptr<void> parameters = info.describe(describer);
  faults.raise();
  auto source = std::dynamic_pointer_cast<Source>(info.make(parameters.get(), {}));
  std::optional<Frame> frame = source->next();
  if (!frame) throw InputError("the picture cannot be read", file);
  return frame->pixels;
}

}  // namespace clipwork
