package org.moraine.engine.data;

import java.util.Arrays;
import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;
import org.moraine.engine.tokenizer.ChatTemplate;
import org.moraine.engine.tokenizer.Tokenizer;

/** Turns lines into ids and marks what is learnt: the answers, and that they end. */
final class Labelling {

    private final Tokenizer tokenizer;
    private final int maxTokens;
    private final Set<String> prompts = new HashSet<>();
    private @Nullable ChatTemplate chat;

    Labelling(Tokenizer tokenizer, int maxTokens) {
        this.tokenizer = tokenizer;
        this.maxTokens = maxTokens;
    }

    int maxTokens() {
        return maxTokens;
    }

    /** What is left of an example within the most tokens. */
    Example cut(Example whole) throws BadLine {
        int length = Math.min(whole.ids().length, maxTokens);
        Example cut = length == whole.ids().length
                ? whole
                : new Example(whole.line(), Arrays.copyOf(whole.ids(), length), Arrays.copyOf(whole.trained(), length));
        if (cut.trainedTokens() == 0) {
            throw BadLine.unlearnable(
                    "",
                    whole.trainedTokens() == 0
                            ? "there is no token to learn"
                            : "there is no token to learn within the first " + maxTokens + " of " + whole.ids().length
                                    + " tokens");
        }
        return cut;
    }

    /** A line's example as long as it is. */
    Example whole(int number, ExampleLine line) throws BadLine {
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
            RenderedChat whole = new RenderedChat(template, line, prompts);
            Tokenizer.Spans spans = tokenizer.spans(whole.text(), false);
            boolean[] trained = new boolean[spans.ids().length];
            for (int i = 0; i < line.messages().size(); i++) {
                if (line.learnt().get(i)) {
                    mark(trained, spans, whole, i);
                }
            }
            return new Example(number, spans.ids(), trained);
        } catch (Refused e) {
            throw new BadLine("messages", e.problem().message());
        }
    }

    /** Marks the ids of answer {@code i} and of what ends its turn: a token, or a text where no token does. */
    private void mark(boolean[] trained, Tokenizer.Spans spans, RenderedChat whole, int i) throws BadLine {
        RenderedChat.Answer answer = whole.answer(i);
        int to = answer.end();
        int closing = closing(spans, answer, whole.text());
        if (closing >= 0 && !tokenizer.endsSequence(spans.ids()[closing]) && beginsNext(spans, closing, whole, i)) {
            closing = -1;
        }
        if (closing >= 0) {
            to = spans.ends()[closing];
        } else if (whole.turnEnd(i) >= 0) {
            int end = Math.min(whole.turnEnd(i), answer.limit());
            while (end > to && Character.isWhitespace(whole.text().charAt(end - 1))) {
                end--;
            }
            to = Math.max(to, end);
        } else if (answer.calls()) {
            throw new BadLine(
                    "messages[" + i + "]", "where the chat template ends this answer cannot be found exactly");
        }
        boolean any = false;
        for (int token = 1; token < trained.length; token++) {
            if (spans.touches(token, answer.from(), to)) {
                trained[token] = true;
                any = true;
            }
        }
        if (!any) {
            throw new BadLine("messages[" + i + "]", "the chat template leaves nothing of this answer to learn");
        }
    }

    /** Whether a special token behind an answer is not its turn's. */
    private static boolean beginsNext(Tokenizer.Spans spans, int token, RenderedChat whole, int i) {
        int end = whole.turnEnd(i);
        return end >= 0 && spans.ends()[token] > end;
    }

    /**
     * The token that ends a turn, -1 where none does. Behind plain words it comes next but for white space; a special
     * token that ends no sequence may stand before it, or in its place. Behind a call's name it is the first that does.
     */
    private int closing(Tokenizer.Spans spans, RenderedChat.Answer answer, String text) {
        int special = -1;
        for (int i = 0; i < spans.ids().length; i++) {
            if (spans.starts()[i] < answer.end() || spans.starts()[i] >= answer.limit()) {
                continue;
            }
            int id = spans.ids()[i];
            if (tokenizer.endsSequence(id)) {
                return i;
            }
            if (answer.calls()) {
                continue;
            }
            if (tokenizer.isSpecial(id)) {
                special = special < 0 ? i : special;
            } else if (special >= 0 || !blank(spans, i, text)) {
                return special;
            }
        }
        return special;
    }

    private static boolean blank(Tokenizer.Spans spans, int i, String whole) {
        return whole.substring(spans.starts()[i], spans.ends()[i]).isBlank();
    }
}
