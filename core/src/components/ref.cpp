#include <clipwork/ref.h>

namespace clipwork {

RefBase::~RefBase() = default;
RefsBase::~RefsBase() = default;

Describer::Entry Describer::operator()(const char* name, RefBase& value, const char* sentence) {
  references_.emplace_back(name, &value);
  const Value* given = take(name, sentence, ParameterType::component, value.config);
  parameters_.back().kind = value.kind;
  if (!given) return last();
  const std::string* text = given->text();
  if (given->is_table() || (text && text->starts_with('@'))) {
    value.config = *given;
  } else {
    wrong_type(*given, name, cat("a ", value.kind),
               cat("write { type = ", text ? given->toml() : "\"...\"",
                   " } to create one, or \"@model.tracker\" to share an existing one"));
  }
  return last();
}

Describer::Entry Describer::operator()(const char* name, RefsBase& value, const char* sentence) {
  const Value* given =
      take(name, sentence, ParameterType::table_of_components, Value(Value::Table()));
  parameters_.back().kind = value.kind;
  if (!given) return last();
  if (!given->is_table()) {
    wrong_type(*given, name, cat("a table of ", value.kind, "s"),
               cat("write [", path(name), ".NAME] with type = \"...\" for each"));
    return last();
  }
  for (const Value::Member& member : *given->table_members()) {
    std::string its_name = cat(name, ".", member.key);
    if (!member.value.is_table()) {
      wrong_type(member.value, its_name, cat("a ", value.kind),
                 "write { type = \"...\" } to create one");
      continue;
    }
    check_name_part(member.key, member.origin);
    RefBase reference(value.kind);
    reference.config = member.value;
    value.entries.emplace_back(member.key, std::move(reference));
    references_.emplace_back(std::move(its_name), &value.entries.back().second);
  }
  return last();
}

}  // namespace clipwork
