#pragma once
// Parameters that refer to other components.

#include <clipwork/api.h>
#include <clipwork/component.h>
#include <clipwork/parameters.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>

namespace clipwork {

/// A parameter that refers to another component: a table makes one, "@model.tracker" shares the one
/// that is there.
class CLIPWORK_API RefBase {
 public:
  explicit RefBase(std::string kind) : kind(std::move(kind)) {}
  virtual ~RefBase();
  std::string kind;
  /// The table, or the "@..." text; none where the config gave nothing.
  Value config;
  /// The contract of the component referred to, filled before the owner's own is asked for; null
  /// where the config gave nothing.
  std::shared_ptr<const Contract> promise;
  /// Filled before the owner is built.
  std::shared_ptr<Component> component;
};

template <class Kind>
class Ref : public RefBase {
 public:
  Ref() : RefBase(Kind::kKind) {}
  /// The contract of the component referred to; an empty one where the config gave nothing.
  const typename Kind::Contract& contract() const {
    static const typename Kind::Contract kNone;
    return promise ? dynamic_cast<const typename Kind::Contract&>(*promise) : kNone;
  }
  Kind& operator*() const { return dynamic_cast<Kind&>(*component); }
  Kind* operator->() const { return &**this; }
};

/// Any number of components of one kind, each under a name of the config's choice, in the order in
/// which they stand there: `[loss.terms.dice]`. Tables of files that extend each other merge by
/// these names.
class CLIPWORK_API RefsBase {
 public:
  explicit RefsBase(std::string kind) : kind(std::move(kind)) {}
  virtual ~RefsBase();
  std::string kind;
  /// Name and component; elements never move, so that they may be pointed at.
  std::deque<std::pair<std::string, RefBase>> entries;
};

template <class Kind>
class Refs : public RefsBase {
 public:
  Refs() : RefsBase(Kind::kKind) {}
  Kind& operator[](size_t i) const { return dynamic_cast<Kind&>(*entries[i].second.component); }
};

}  // namespace clipwork
