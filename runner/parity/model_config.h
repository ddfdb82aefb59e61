#pragma once
// A golden case's config as the sections of ours.

#include <clipwork/value.h>

#include "case.h"
#include "kinds.h"

namespace clipwork::parity {

/// "class 0", "class 1", ...
Value::Array class_names(int64_t count);
/// [preprocess]: mean, deviation, channel order, divisor, and `resize`, the case's rule or null.
void set_preprocess(Value& tree, const Json& config, const Json& resize);
/// [model.backbone] of a case's `backbone`.
void set_backbone(Value& tree, const Json& backbone);
/// Backbone and pixel decoder of the query families.
void set_feature_model(Value& tree, const Json& config);
/// [model.decoder] of the query families, which have the same parameters.
void set_query_decoder(Value& tree, const char* type, const Json& config, const Options& options);
/// Adds the settings of [model.decoder] for a case's `novis`.
void set_novis_decoder(Value& tree, const Json& novis);
/// [model.decoder] of VITA and GenVIS, over a frame decoder of the query families.
void set_object_decoder(Value& tree, const Json& config, const Options& options);
/// The parameters of [model.decoder] that a case has in its table `vita`, but the window.
void set_object_modules(Value& tree, const Json& vita);

}  // namespace clipwork::parity
