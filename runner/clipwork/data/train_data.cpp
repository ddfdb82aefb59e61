#include "data/train_data.h"

#include <clipwork/error.h>
#include <clipwork/host/sections.h>
#include <clipwork/make_component.h>

#include "data/split_data.h"

namespace clipwork::cli {
namespace {

constexpr const char* kPlace = "data.train";

/// Ids do not matter: pseudo clips have none of their own.
void check_classes(const std::vector<Category>& theirs, const std::vector<std::string>& names,
                   const std::string& where) {
  const char* advice = "[classes] must list the data's classes in the order of the class head";
  if (theirs.size() != names.size()) {
    throw InputError(cat("the samples have ", theirs.size(), " classes, [classes] ", names.size()),
                     where, advice);
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (same_class(theirs[i].name, names[i])) continue;
    throw InputError(cat("class ", i + 1, " of the samples is '", theirs[i].name,
                         "', that of [classes] '", names[i], "'"),
                     where, advice);
  }
}

}  // namespace

std::shared_ptr<const Samples> open_samples(const Config& config) {
  const Value* table = config.find(kPlace);
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
  check_classes(samples->categories(), classes.names, table->origin().text());
  return samples;
}

}  // namespace clipwork::cli
