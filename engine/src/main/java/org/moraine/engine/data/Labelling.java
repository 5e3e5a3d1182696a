package org.moraine.engine.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;
import org.moraine.engine.tokenizer.ChatTemplate;
import org.moraine.engine.tokenizer.Message;
import org.moraine.engine.tokenizer.Tokenizer;

/** Turns lines into ids and marks what is learnt: the answers, and that they end. */
final class Labelling {

    private static final String STAND_IN = "\uE000\uE001";

    private final Tokenizer tokenizer;
    private final int maxTokens;
    private @Nullable ChatTemplate chat;

    Labelling(Tokenizer tokenizer, int maxTokens) {
        this.tokenizer = tokenizer;
        this.maxTokens = maxTokens;
    }

    Example example(int number, ExampleLine line) throws BadLine {
        Example whole = whole(number, line);
        int length = Math.min(whole.ids().length, maxTokens);
        Example cut = new Example(number, Arrays.copyOf(whole.ids(), length), Arrays.copyOf(whole.trained(), length));
        if (cut.trainedTokens() == 0) {
            throw new BadLine(
                    "",
                    whole.trainedTokens() == 0
                            ? "there is no token to learn"
                            : "there is no token to learn within the first " + maxTokens + " of " + whole.ids().length
                                    + " tokens");
        }
        return cut;
    }

    private Example whole(int number, ExampleLine line) throws BadLine {
        try {
            if (line instanceof ExampleLine.Text text) {
                return text(number, text);
            } else if (line instanceof ExampleLine.Completion completion) {
                return completion(number, completion);
            }
        } catch (Refused e) {
            throw new BadLine("", e.problem().message());
        }
        if (line instanceof ExampleLine.Chat conversation) {
            return chat(number, conversation);
        }
        throw new AssertionError(line);
    }

    /** Exactly the ids that the tokenizer gives; all but the first are learnt. */
    private Example text(int number, ExampleLine.Text line) {
        int[] ids = tokenizer.encode(line.text());
        boolean[] trained = new boolean[ids.length];
        Arrays.fill(trained, Math.min(1, ids.length), ids.length, true);
        return new Example(number, ids, trained);
    }

    private Example completion(int number, ExampleLine.Completion line) {
        Tokenizer.Spans spans = tokenizer.spans(line.prompt() + line.completion(), true);
        OptionalInt end = tokenizer.endOfSequence();
        int length = spans.ids().length;
        boolean ended = length > 0 && tokenizer.endsSequence(spans.ids()[length - 1]);
        int[] ids = Arrays.copyOf(spans.ids(), ended || end.isEmpty() ? length : length + 1);
        boolean[] trained = new boolean[ids.length];
        int to = line.prompt().length() + line.completion().length();
        for (int i = 1; i < length; i++) {
            trained[i] = spans.touches(i, line.prompt().length(), to);
        }
        if (end.isPresent()) {
            ids[ids.length - 1] = ended ? ids[ids.length - 1] : end.getAsInt();
            trained[ids.length - 1] = ids.length > 1;
        }
        return new Example(number, ids, trained);
    }

    private Example chat(int number, ExampleLine.Chat line) throws BadLine {
        ChatTemplate template = chat == null ? chat = tokenizer.chat() : chat;
        try {
            String whole = template.render(line.messages(), line.tools(), false);
            Tokenizer.Spans spans = tokenizer.spans(whole, false);
            boolean[] trained = new boolean[spans.ids().length];
            for (int i = 0; i < line.messages().size(); i++) {
                if (line.learnt().get(i)) {
                    mark(trained, spans, answer(template, line, i, whole), whole);
                }
            }
            return new Example(number, spans.ids(), trained);
        } catch (Refused e) {
            throw new BadLine("messages", e.problem().message());
        }
    }

    /**
     * Where answer {@code i} stands in the rendered conversation: from the end of what a model is given when it is to
     * answer there, up to the end of the turn. Where a template writes earlier turns differently once later ones follow,
     * the answer is found by rendering the conversation again with something else in its place.
     */
    private static Span answer(ChatTemplate template, ExampleLine.Chat line, int i, String whole) throws BadLine {
        boolean last = i + 1 == line.messages().size();
        int from = lengthAtStart(template, line, i, true, whole);
        int to = last ? whole.length() : lengthAtStart(template, line, i + 1, false, whole);
        if (from < 0 || to < 0) {
            Span content = standIn(template, line, i, whole);
            from = from < 0 ? content.from() : from;
            to = to < 0 ? content.to() : to;
        }
        if (from < 0 || from >= to || isDropped(template, line, i, whole, whole.substring(from, to))) {
            throw new BadLine("messages[" + i + "]", "the chat template leaves nothing of this answer to learn");
        }
        return new Span(from, to);
    }

    /** Whether the template writes the same whatever the answer says. */
    private static boolean isDropped(
            ChatTemplate template, ExampleLine.Chat line, int i, String whole, String written) {
        Object content = line.messages().get(i).fields().get("content");
        if (!(content instanceof String said) || said.isBlank() || written.contains(said.strip())) {
            return false;
        }
        Span changed = standIn(template, line, i, whole);
        return changed.from() >= changed.to();
    }

    /** The length of the first turns alone, -1 where the whole does not begin with them. */
    private static int lengthAtStart(
            ChatTemplate template, ExampleLine.Chat line, int turns, boolean ask, String whole) {
        try {
            String start = template.render(line.messages().subList(0, turns), line.tools(), ask);
            return whole.startsWith(start) ? start.length() : -1;
        } catch (Refused e) {
            return -1; // a template may refuse half a conversation that it takes as a whole
        }
    }

    /** The part of the text that changes with the answer's content; before the text where the template refuses. */
    private static Span standIn(ChatTemplate template, ExampleLine.Chat line, int i, String whole) {
        List<Message> messages = new ArrayList<>(line.messages());
        messages.set(i, messages.get(i).saying(STAND_IN));
        String other;
        try {
            other = template.render(messages, line.tools(), false);
        } catch (Refused e) {
            return new Span(-1, -1);
        }
        int from = 0;
        int shorter = Math.min(whole.length(), other.length());
        while (from < shorter && whole.charAt(from) == other.charAt(from)) {
            from++;
        }
        int after = 0;
        while (after < shorter - from
                && whole.charAt(whole.length() - 1 - after) == other.charAt(other.length() - 1 - after)) {
            after++;
        }
        return new Span(from, whole.length() - after);
    }

    /**
     * Marks the ids of a span, up to its end-of-turn token and with it: white space after that token is the template's,
     * not the answer's, and where the span is the content alone the token stands right behind it.
     */
    private void mark(boolean[] trained, Tokenizer.Spans spans, Span span, String whole) {
        int last = -1;
        for (int i = 1; i < trained.length; i++) {
            if (spans.touches(i, span.from(), span.to())) {
                trained[i] = true;
                last = i;
            }
        }
        int end = last;
        while (end > 0 && blank(spans, end, whole)) {
            end--;
        }
        if (end > 0 && trained[end] && closes(spans.ids()[end])) {
            Arrays.fill(trained, end + 1, last + 1, false);
            return;
        }
        int next = last + 1;
        while (next < trained.length && blank(spans, next, whole)) {
            next++;
        }
        if (last > 0 && next < trained.length && closes(spans.ids()[next])) {
            Arrays.fill(trained, last + 1, next + 1, true);
        }
    }

    private static boolean blank(Tokenizer.Spans spans, int i, String whole) {
        return whole.substring(spans.starts()[i], spans.ends()[i]).isBlank();
    }

    private boolean closes(int id) {
        return tokenizer.endsSequence(id) || tokenizer.isSpecial(id);
    }

    private record Span(int from, int to) {}
}
