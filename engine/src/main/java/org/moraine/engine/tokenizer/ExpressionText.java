package org.moraine.engine.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One of Jinja's expressions with the brackets that make Jinjava read it as Jinja does: {@code not} binds weaker than a
 * comparison, a named argument and a slice's bound may be any expression, and a loop knows its neighbours.
 */
final class ExpressionText {

    private static final Pattern TOKEN =
            Pattern.compile("\\s*([A-Za-z_][A-Za-z0-9_]*|[0-9]+(?:\\.[0-9]+)?|==|!=|<=|>=|//|\\*\\*|.)");
    private static final Set<String> ENDS_NOT = Set.of("and", "or", "if", "else", ",", ":", ")", "]", "}");
    private static final Set<String> ENDS_ITEM = Set.of(",", ":", ")", "]", "}");

    private final List<String> tokens = new ArrayList<>();
    private final @Nullable String looped;
    private boolean definition;
    private int at;

    private ExpressionText(String source, @Nullable String looped) {
        this.looped = looped;
        Matcher matcher = TOKEN.matcher(source.strip());
        while (matcher.lookingAt()) {
            tokens.add(matcher.group(1));
            matcher.region(matcher.end(), matcher.regionEnd());
        }
    }

    /**
     * Rewrites an expression or a statement, without strings.
     *
     * @param looped what the innermost loop around runs over, null outside of loops
     */
    static String of(String source, @Nullable String looped) {
        ExpressionText expression = new ExpressionText(source, looped);
        StringBuilder text = new StringBuilder();
        expression.definition = source.strip().startsWith("macro");
        while (expression.at < expression.tokens.size()) {
            text.append(expression.sequence(Set.of()));
        }
        return text.toString().strip();
    }

    private String sequence(Set<String> ends) {
        StringBuilder text = new StringBuilder();
        while (at < tokens.size() && !ends.contains(tokens.get(at))) {
            String token = tokens.get(at);
            if (token.equals("not") && !before().equals("is") && !after(1).equals("in")) {
                at++;
                text.append(" (not (").append(sequence(ENDS_NOT)).append(")) ");
            } else if (token.equals("loop") && after(1).equals(".") && looped != null && isNeighbour(after(2))) {
                text.append(neighbour(after(2).equals("previtem") ? -1 : 1));
                at += 3;
            } else if (token.equals("(")) {
                text.append(bracketed(")", true, false));
            } else if (token.equals("[") && isBackwards()) {
                text.append("|backwards");
                at += 6;
            } else if (token.equals("[")) {
                text.append(bracketed("]", false, isOperand(before())));
            } else if (token.equals("{")) {
                text.append(bracketed("}", false, false));
            } else {
                boolean tight = token.equals(".") || before().equals(".");
                text.append(tight ? "" : " ").append(token);
                at++;
            }
        }
        return text.toString();
    }

    private String bracketed(String close, boolean arguments, boolean index) {
        StringBuilder text = new StringBuilder(arguments || index ? "" : " ").append(tokens.get(at++));
        boolean slice = index && isSlice();
        while (at < tokens.size() && !tokens.get(at).equals(close)) {
            if (ENDS_ITEM.contains(tokens.get(at))) {
                text.append(tokens.get(at++));
                continue;
            }
            boolean named = arguments && !definition && after(1).equals("=");
            if (named) {
                text.append(tokens.get(at)).append('=');
                at += 2;
            }
            String item = sequence(ENDS_ITEM).strip();
            text.append(named || slice ? "(" + item + ")" : " " + item + " ");
        }
        at++;
        return text.append(close).toString();
    }

    /** The slice {@code [::-1]}. */
    private boolean isBackwards() {
        return at + 6 <= tokens.size()
                && tokens.subList(at, at + 5).equals(List.of("[", ":", ":", "-", "1"))
                && after(5).equals("]");
    }

    /** Whether a colon stands between these brackets, not deeper. */
    private boolean isSlice() {
        int depth = 0;
        for (int i = at; i < tokens.size(); i++) {
            String token = tokens.get(i);
            if (depth == 0 && (token.equals(":") || token.equals("]"))) {
                return token.equals(":");
            }
            depth += "([{".contains(token) ? 1 : ")]}".contains(token) ? -1 : 0;
        }
        return false;
    }

    private static boolean isNeighbour(String word) {
        return word.equals("previtem") || word.equals("nextitem");
    }

    private String neighbour(int step) {
        String exists = step < 0 ? "loop.index0 > 0" : "(not (loop.last))";
        String sign = step < 0 ? " - 1" : " + 1";
        return " ((" + looped + ")[loop.index0" + sign + "] if " + exists + " else none)";
    }

    private static boolean isOperand(String token) {
        return token.matches("[A-Za-z0-9_]+|\\)|\\]")
                && !Set.of("in", "and", "or", "not", "if", "else", "is", "set").contains(token);
    }

    private String before() {
        return at == 0 ? "" : tokens.get(at - 1);
    }

    private String after(int steps) {
        return at + steps < tokens.size() ? tokens.get(at + steps) : "";
    }
}
