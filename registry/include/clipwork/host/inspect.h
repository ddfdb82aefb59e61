#pragma once
// Components and plugin files as pages for people (text, Markdown) and programs (JSON).

#include <clipwork/host/registry.h>

#include <string>
#include <vector>

namespace clipwork {

enum class PageForm { text, markdown, json };

/// One component: what it does, its parameters with type, default, range or choices, unit and
/// sentence, and its contract with default parameters.
std::string component_page(const ComponentInfo& component, PageForm form);

/// A section of a config: what it contains, and its parameters.
std::string section_page(const std::string& name, const std::string& sentence,
                         const std::vector<ParameterInfo>& parameters, PageForm form);

/// Components by kind, a line each (JSON: their whole pages).
std::string component_list(const std::vector<const ComponentInfo*>& components, PageForm form);

/// One plugin file: its state and why, how it was built, and what it asks for.
std::string plugin_page(const PluginInfo& plugin, PageForm form);

/// Plugin files, a line each.
std::string plugin_list(const std::vector<PluginInfo>& plugins, PageForm form);

}  // namespace clipwork
