#include "data/train_data.h"

#include <clipwork/error.h>
#include <clipwork/host/sections.h>
#include <clipwork/make_component.h>

#include "data/split_data.h"

namespace clipwork::runs {

std::shared_ptr<const Samples> open_samples(const Config& config) {
  const Value* table = config.find(kTrainingData);
  const Value* type = table ? table->find("type") : nullptr;
  if (!type || !type->text()) {
    throw InputError("the config has no training data",
                     config.files().empty() ? std::string() : config.files().back(),
                     "add [data.train] with type = \"clips\" and a dataset, or extend a file of "
                     "clipwork:_base_/data");
  }
  std::shared_ptr<const Samples> samples = make_component<Samples>(*type->text(), *table);
  Faults faults;
  const auto classes = read_parameters<ClassesSection>(config.find("classes"), "classes", faults);
  faults.raise();
  check_classes(samples->categories(), classes, table->origin().text(), ClassUse::training);
  return samples;
}

}  // namespace clipwork::runs
