#include "base/yaml_tree.hpp"

#include "base/text.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <cstdint>
#include <sstream>
#include <utility>

namespace gatehouse::yaml
{

namespace
{
Mark mark_of(const YAML::Mark& mark)
{
    return {.line = mark.line + 1, .column = mark.column + 1};
}

/// Builds the tree from yaml-cpp's events. Throws YAML::ParserException, as the parser itself does, for what is
/// refused.
class Builder : public YAML::EventHandler
{
public:
    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override
    {
        Node node = make(Node::Kind::null, mark);
        if (!open_.empty() && open_.back().has_key)
            node.mark = open_.back().key_mark; // yaml-cpp's own mark is that of the token after
        add(mark, std::move(node));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override
    {
        throw YAML::ParserException(mark, "aliases are not supported: write the value out");
    }
    void OnAnchor(const YAML::Mark& mark, const std::string&) override
    {
        throw YAML::ParserException(mark, "anchors are not supported: write the value out where it is needed");
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override
    {
        refuse_tag(mark, tag);
        Node node = make(Node::Kind::scalar, mark);
        node.quoted = tag == "!";
        node.text = value;
        add(mark, std::move(node));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                         YAML::EmitterStyle::value) override
    {
        begin(mark, tag, Node::Kind::list);
    }
    void OnSequenceEnd() override { end(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override
    {
        begin(mark, tag, Node::Kind::map);
    }
    void OnMapEnd() override { end(); }

    Node take() { return std::move(root_); }

private:
    struct Open { // a list or map whose end has not come
        YAML::Mark mark;
        Node node;
        bool has_key = false; // a map's next value belongs to `key`
        std::string key{};
        Mark key_mark{};
    };

    static Node make(Node::Kind kind, const YAML::Mark& mark)
    {
        Node node;
        node.kind = kind;
        node.mark = mark_of(mark);
        return node;
    }

    static void refuse_tag(const YAML::Mark& mark, const std::string& tag)
    {
        if (!tag.empty() && tag != "?" && tag != "!")
            throw YAML::ParserException(mark, "tags are not supported");
    }

    void begin(const YAML::Mark& mark, const std::string& tag, Node::Kind kind)
    {
        refuse_tag(mark, tag);
        if (open_.size() >= max_depth)
            throw YAML::ParserException(mark, "nested deeper than " + std::to_string(max_depth) + " levels");
        open_.push_back({.mark = mark, .node = make(kind, mark)});
    }

    void end()
    {
        Open closed = std::move(open_.back());
        open_.pop_back();
        add(closed.mark, std::move(closed.node));
    }

    void add(const YAML::Mark& mark, Node node)
    {
        if (++nodes_ > max_nodes)
            throw YAML::ParserException(mark, "more than " + std::to_string(max_nodes) + " values");
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Open& parent = open_.back();
        if (parent.node.kind == Node::Kind::list) {
            parent.node.items.push_back(std::move(node));
        } else if (parent.has_key) {
            parent.node.entries.push_back({std::move(parent.key), parent.key_mark, std::move(node)});
            parent.has_key = false;
        } else {
            if (node.kind != Node::Kind::scalar)
                throw YAML::ParserException(mark, "a key must be a word");
            parent.key = std::move(node.text);
            parent.key_mark = node.mark;
            parent.has_key = true;
        }
    }

    std::vector<Open> open_;
    Node root_;
    std::size_t nodes_ = 0;
};

std::string at(const std::string& file, Mark mark)
{
    return file + ':' + std::to_string(mark.line) + ':' + std::to_string(mark.column) + ": ";
}

/// yaml-cpp would take other encodings and some control characters for something else than they are.
Result<void> check_characters(const std::string& file, const std::string& text)
{
    Mark mark{.line = 1, .column = 0};
    for (const std::string_view line : text::split(text, '\n')) {
        mark.column = 0;
        for (const char c : line) {
            ++mark.column;
            if ((static_cast<std::uint8_t>(c) < 0x20 && c != '\t' && c != '\r') || c == 0x7F)
                return invalid(at(file, mark) + "a control character (expected text)");
        }
        mark.column = 1;
        if (!text::is_utf8(line))
            return invalid(at(file, mark) + "this line is not UTF-8");
        ++mark.line;
    }
    return {};
}
} // namespace

Result<Node> parse(const std::string& file, const std::string& text)
{
    if (const auto checked = check_characters(file, text); !checked)
        return std::unexpected(checked.error());
    try {
        std::istringstream stream(text);
        YAML::Parser parser(stream);
        Builder document;
        if (!parser.HandleNextDocument(document))
            return invalid(at(file, {}) + "the file is empty");
        Builder rest;
        if (parser.HandleNextDocument(rest))
            return invalid(at(file, rest.take().mark) + "a second document begins here (expected one)");
        return document.take();
    } catch (const YAML::Exception& fault) {
        return invalid(at(file, fault.mark.is_null() ? Mark{} : mark_of(fault.mark)) + fault.msg);
    }
}

} // namespace gatehouse::yaml
