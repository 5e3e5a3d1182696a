package org.moraine.engine.tokenizer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A chat template's source with Jinja's rules of white space applied, as transformers sets them ({@code trim_blocks},
 * {@code lstrip_blocks}): the tags that are left have none of their marks, and need no rule. String literals are taken
 * out too and named, since every implementation reads escapes in its own way.
 *
 * @param text the source that is left
 * @param strings the literals' values by the names that stand for them
 * @param filters the filters that the template uses
 */
record TemplateText(String text, Map<String, String> strings, Set<String> filters) {

    static TemplateText of(String source) {
        String unix = source.replace("\r\n", "\n").replace('\r', '\n');
        return new Scanner(unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix).scan();
    }

    /** Thrown where a tag or a string does not end. */
    static final class Unclosed extends IllegalArgumentException {

        private static final long serialVersionUID = 1;

        Unclosed(String what, int at) {
            super(what + " at character " + at + " does not end");
        }
    }

    private static final class Scanner {

        private static final Pattern FILTER = Pattern.compile("\\|\\s*(\\w+)");
        private static final Pattern LOOP = Pattern.compile(
                "for\\s+(?<each>.*?)\\s+in\\s+(?<items>.*?)(?:\\s+if\\s+(?<condition>(?:(?!\\belse\\b).)*))?(?:\\s+recursive)?");

        private final String source;
        private final StringBuilder out = new StringBuilder();
        private final Map<String, String> strings = new LinkedHashMap<>();
        private final Set<String> filters = new LinkedHashSet<>();
        private final Deque<String> loops = new ArrayDeque<>();
        private int parts;
        private int at;

        Scanner(String source) {
            this.source = source;
        }

        TemplateText scan() {
            boolean lineStarts = true;
            while (at < source.length()) {
                int tag = nextTag(at);
                String data = source.substring(at, tag);
                if (tag == source.length()) {
                    out.append(data);
                    break;
                }
                char kind = source.charAt(tag + 1);
                char mark = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
                boolean marked = mark == '-' || (mark == '+' && kind != '{');
                data(mark == '-' ? data.stripTrailing() : indented(data, kind, mark, lineStarts));
                at = tag + 2 + (marked ? 1 : 0);
                tag(tag, kind);
                lineStarts = at > 0 && source.charAt(at - 1) == '\n';
            }
            return new TemplateText(out.toString(), strings, filters);
        }

        /** A brace that would touch the next tag is printed instead. */
        private void data(String data) {
            boolean brace = data.endsWith("{");
            out.append(brace ? data.substring(0, data.length() - 1) : data);
            if (brace) {
                out.append("{{ ").append(named("{")).append(" }}");
            }
        }

        private String named(String value) {
            String name = "literal_" + strings.size();
            strings.put(name, value);
            return name;
        }

        private int nextTag(int from) {
            for (int i = from; i + 1 < source.length(); i++) {
                if (source.charAt(i) == '{' && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
                    return i;
                }
            }
            return source.length();
        }

        /** White space between the line's start and a block is left out. */
        private static String indented(String data, char kind, char mark, boolean lineStarts) {
            int line = data.lastIndexOf('\n') + 1;
            boolean strip = kind != '{'
                    && mark != '+'
                    && (line > 0 || lineStarts)
                    && data.substring(line).isBlank();
            return strip ? data.substring(0, line) : data;
        }

        private void tag(int start, char kind) {
            char end = kind == '{' ? '}' : kind;
            StringBuilder inside = new StringBuilder();
            if (kind == '#') {
                at = source.indexOf("#}", at);
                if (at < 0) {
                    throw new Unclosed("the comment", start);
                }
                at -= at > start + 2 && "-+".indexOf(source.charAt(at - 1)) >= 0 ? 1 : 0;
            } else {
                inside(inside, start, end);
            }
            char mark = source.charAt(at);
            at += mark == end && source.charAt(at + 1) == '}' && (mark != '-' && mark != '+') ? 2 : 3;
            Matcher filter = FILTER.matcher(inside);
            while (filter.find()) {
                filters.add(filter.group(1));
            }
            if (kind == '{') {
                out.append("{{ printed(")
                        .append(ExpressionText.of(inside.toString(), loops.peek()))
                        .append(") }}");
            } else if (kind == '%') {
                statement(inside.toString().strip());
            }
            if (mark == '-') {
                while (at < source.length() && Character.isWhitespace(source.charAt(at))) {
                    at++;
                }
            } else if (mark != '+' && kind != '{' && at < source.length() && source.charAt(at) == '\n') {
                at++;
            }
        }

        private void statement(String inside) {
            String word = inside.split("\\W", 2)[0];
            if (word.equals("generation") || word.equals("endgeneration")) {
                return; // marks what transformers' own trainer learns; the text is the same without
            }
            if (word.equals("for")) {
                loop(inside);
                return;
            }
            if (word.equals("endfor") && !loops.isEmpty()) {
                loops.pop();
            }
            tag(ExpressionText.of(inside, loops.peek()));
        }

        /** A loop over a part of a list is written as a loop that collects it, and a loop over what was collected. */
        private void loop(String inside) {
            Matcher loop = LOOP.matcher(inside);
            if (!loop.matches()) {
                throw new IllegalArgumentException("the tag '" + inside + "' cannot be read");
            }
            String items = loop.group("items");
            String each = loop.group("each");
            String list = ExpressionText.of(items, loops.peek());
            if (loop.group("condition") != null) {
                String part = "part_" + parts++;
                tag("set " + part + " = namespace(items=[])");
                tag("for " + each + " in " + list);
                tag("if " + ExpressionText.of(loop.group("condition"), null));
                tag("do " + part + ".items.append(" + (each.contains(",") ? "[" + each + "]" : each) + ")");
                tag("endif");
                tag("endfor");
                list = part + ".items";
            }
            tag("for " + each + " in " + list);
            loops.push(list);
        }

        private void tag(String text) {
            out.append("{% ").append(text).append(" %}");
        }

        /** Copies up to the tag's end, which may not stand inside a string or a bracket. */
        private void inside(StringBuilder inside, int start, char end) {
            Deque<Character> open = new ArrayDeque<>();
            while (at < source.length()) {
                char c = source.charAt(at);
                if (open.isEmpty() && ends(end)) {
                    return;
                }
                if (c == '\'' || c == '"') {
                    inside.append(' ').append(string(c)).append(' ');
                    continue;
                }
                if ("([{".indexOf(c) >= 0) {
                    open.push(c);
                } else if (")]}".indexOf(c) >= 0 && !open.isEmpty()) {
                    open.pop();
                    inside.append(c == '}' ? " " : "");
                }
                inside.append(c == '\n' ? ' ' : c);
                at++;
            }
            throw new Unclosed("the tag", start);
        }

        private boolean ends(char end) {
            String close = end + "}";
            return source.startsWith(close, at)
                    || source.startsWith("-" + close, at)
                    || (end == '%' && source.startsWith("+" + close, at));
        }

        /** The name that stands for the literal beginning here. */
        private String string(char quote) {
            int start = at++;
            StringBuilder value = new StringBuilder();
            while (at < source.length() && source.charAt(at) != quote) {
                char c = source.charAt(at++);
                if (c == '\\' && at < source.length()) {
                    escape(value);
                } else {
                    value.append(c);
                }
            }
            if (at == source.length()) {
                throw new Unclosed("the string", start);
            }
            at++;
            return named(value.toString());
        }

        private void escape(StringBuilder value) {
            char c = source.charAt(at++);
            switch (c) {
                case 'n' -> value.append('\n');
                case 't' -> value.append('\t');
                case 'r' -> value.append('\r');
                case 'b' -> value.append('\b');
                case 'f' -> value.append('\f');
                case '0' -> value.append('\0');
                case '\n' -> value.append("");
                case 'x' -> point(value, 2);
                case 'u' -> point(value, 4);
                case 'U' -> point(value, 8);
                case '\\', '\'', '"' -> value.append(c);
                default -> value.append('\\').append(c);
            }
        }

        private void point(StringBuilder value, int digits) {
            if (at + digits > source.length()) {
                throw new Unclosed("the escape", at);
            }
            value.appendCodePoint(Integer.parseInt(source.substring(at, at + digits), 16));
            at += digits;
        }
    }
}
