#include "chance.h"

namespace clipwork::augment {

void Chance::Parameters::describe(Describer& d) {
  d("probability", probability, "probability that they are applied, drawn once per clip")
      .range(0, 1);
  d("transforms", transforms, "the transforms, in the order of the config");
}

Chance::Chance(const Parameters& parameters, const Given&) : probability_(parameters.probability) {
  for (const auto& [name, entry] : parameters.transforms.entries) {
    transforms_.emplace_back(name, std::dynamic_pointer_cast<Transform>(entry.component));
  }
}

void Chance::operator()(Sample& sample, Draw& draw) const {
  if (!draw.chance(probability_)) return;
  for (const auto& [name, transform] : transforms_) {
    Draw own = draw.named(name);
    (*transform)(sample, own);
  }
}

}  // namespace clipwork::augment
