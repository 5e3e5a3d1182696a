package org.moraine.engine.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.moraine.contracts.Refused;
import org.moraine.engine.tokenizer.ChatTemplate;
import org.moraine.engine.tokenizer.Message;

/**
 * A conversation as its chat template writes it, and where in that text each answer stands. The conversation is written
 * once more with marks around what its messages say: where the text without the marks is the same, they stand exactly
 * where the words do, whatever the template trims, drops, adds or writes elsewhere. An answer that cannot be found so is
 * refused.
 */
final class RenderedChat {

    /** The most messages of one conversation: each has three marks of Unicode's last private plane. */
    static final int MOST_MESSAGES = 20_000;

    private static final int MOST_PROMPTS = 100;
    private static final int LONGEST_PROMPT = 200;
    private static final int FIRST_MARK = 0x100000;
    private static final char FIRST_HIGH = Character.highSurrogate(FIRST_MARK);
    private static final String THOUGHTS_END = "</think>";

    private final ChatTemplate template;
    private final ExampleLine.Chat chat;
    private final Set<String> prompts;
    private final String text;
    private final boolean isPlain;
    private final Map<Integer, Place> places = new HashMap<>();
    private @Nullable Marked together;

    /**
     * Writes the conversation; {@link Refused} where the template refuses it.
     *
     * @param prompts what this template is known to give a model, which is added to; one set for all conversations
     */
    RenderedChat(ChatTemplate template, ExampleLine.Chat chat, Set<String> prompts) throws BadLine {
        this.template = template;
        this.chat = chat;
        this.prompts = prompts;
        this.text = template.render(chat.messages(), chat.tools(), false);
        this.isPlain = !text.contains("hink") && !text.contains("HINK");
        if (chat.messages().size() > MOST_MESSAGES) {
            throw new BadLine("messages", "a conversation has at most " + MOST_MESSAGES + " messages");
        }
        if (Marked.next(text, 0) < text.length()) {
            throw new BadLine("messages", "a conversation has no character of Unicode's last private plane");
        }
    }

    String text() {
        return text;
    }

    /**
     * Where an answer stands.
     *
     * @param from where what the model is given ends
     * @param end where the answer's own last word ends, before what closes the turn
     * @param limit where the next message begins to speak; the text's end where there is none
     * @param calls whether the template writes tool calls, and whatever closes them, behind that last word
     */
    record Answer(int from, int end, int limit, boolean calls) {}

    /** Finds answer {@code i}; {@link BadLine} where it cannot be found, or the template leaves it out. */
    Answer answer(int i) throws BadLine {
        String path = "messages[" + i + "]";
        boolean calls = calls(chat.messages().get(i)) != null;
        Place place = place(i);
        if (calls ? place.call < 0 : place.open < 0) {
            throw new BadLine(
                    path,
                    isWritten(i, calls)
                            ? "where the chat template writes this answer cannot be found exactly"
                            : "the chat template leaves nothing of this answer to learn");
        }
        int first = place.begin();
        int from = start(i, first, calls || chat.messages().get(i).thoughts() != null);
        if (from < 0) {
            throw new BadLine(path, "where the chat template begins this answer cannot be found exactly");
        }
        for (int other = 0; other < chat.messages().size(); other++) {
            int at = other == i || together == null ? -1 : together.place(other).anchor();
            if (at > from && at < place.anchor()) {
                throw new BadLine(path, "the chat template writes messages[" + other + "] within this answer");
            }
        }
        Place next = i + 1 < chat.messages().size() ? place(i + 1) : Place.NOWHERE;
        int limit = next.begin() < place.anchor() ? text.length() : next.begin();
        return new Answer(from, place.anchor(), limit, calls);
    }

    /** Where the turn of answer {@code i} ends, as far as writing the conversation up to there shows it; else -1. */
    int turnEnd(int i) {
        if (i + 1 == chat.messages().size()) {
            return text.length();
        }
        String start = rendered(chat.messages().subList(0, i + 1), false);
        return start != null && text.startsWith(start) ? start.length() : -1;
    }

    /**
     * Where a model begins to write: behind what it is given. Where the template gives it something else here than in
     * the whole conversation, or nothing, its words alone are learnt.
     */
    private int start(int i, int first, boolean more) {
        Optional<String> prompt = promptBefore(i, first);
        if (prompt.isPresent() && prompts.contains(prompt.get())) {
            return first;
        }
        int from = behindPrompt(i, first);
        if (from == first) {
            prompt.filter(unknown -> prompts.size() < MOST_PROMPTS).ifPresent(prompts::add);
            return from;
        }
        if (from >= 0 && asks(i)) {
            return from;
        }
        return more ? behindHeader(i, first) : first;
    }

    /**
     * What stands between the message before and an answer, with what it depends on: once seen to be what a model is
     * given, it need not be found out again. Templates that have it depend on the words do so by what they say of
     * thinking, so that such conversations have none.
     */
    private Optional<String> promptBefore(int i, int first) {
        Place last = i > 0 && isPlain ? place(i - 1) : Place.NOWHERE;
        return last.isNowhere() || first < last.anchor() || first - last.anchor() > LONGEST_PROMPT
                ? Optional.empty()
                : Optional.of(chat.messages().get(i - 1).role()
                        + (chat.tools() == null ? ":" : " and tools:")
                        + text.substring(last.anchor(), first));
    }

    private int behindPrompt(int i, int first) {
        if (i == 0) {
            return -1; // templates are not made for conversations of no message
        }
        List<Message> before = chat.messages().subList(0, i);
        String given = rendered(before, true);
        if (given == null) {
            return -1;
        }
        if (text.startsWith(given)) {
            return given.length() <= first ? given.length() : -1;
        }
        Place last = place(i - 1);
        if (last.isNowhere()) {
            return -1;
        }
        Marked marked = marked(before, Map.of(i - 1, last.placement), true);
        int anchor = marked == null || !marked.text.equals(given)
                ? -1
                : marked.place(i - 1).anchor();
        return anchor < 0 ? -1 : behind(given.substring(anchor), last.anchor(), first);
    }

    /** Whether what is given to a model that is to answer differs from what is written anyway. */
    private boolean asks(int i) {
        List<Message> before = chat.messages().subList(0, i);
        String plain = rendered(before, false);
        return plain == null || !plain.equals(rendered(before, true));
    }

    /** Where the words of another, plain answer in the same place would begin, whatever follows it or if nothing does. */
    private int behindHeader(int i, int first) {
        int from = behindHeader(i, chat.messages(), first);
        return from >= 0 ? from : behindHeader(i, chat.messages().subList(0, i + 1), first);
    }

    private int behindHeader(int i, List<Message> conversation, int first) {
        List<Message> messages = new ArrayList<>(conversation);
        messages.set(i, Message.of("assistant", "x"));
        Map<Integer, Placement> placements = new HashMap<>(Map.of(i, Placement.AROUND));
        Place last = i > 0 ? place(i - 1) : Place.NOWHERE;
        if (!last.isNowhere()) {
            placements.put(i - 1, last.placement);
        }
        Marked marked = marked(messages, placements, false);
        if (marked == null) {
            return -1;
        }
        int open = marked.place(i).open;
        int anchor = i == 0 ? 0 : marked.place(i - 1).anchor();
        return anchor < 0 || open < anchor
                ? -1
                : behind(marked.text.substring(anchor, open), Math.max(0, last.anchor()), first);
    }

    private int behind(String what, int at, int most) {
        return text.startsWith(what, at) && at + what.length() <= most ? at + what.length() : -1;
    }

    /** Whether the text changes with what answer {@code i} says, or with the call it makes. */
    private boolean isWritten(int i, boolean calls) {
        List<Message> messages = new ArrayList<>(chat.messages());
        Message answer = messages.get(i);
        messages.set(i, calls ? marked(answer.saying(""), i, Placement.AROUND) : answer.saying(mark(i, 0)));
        return !text.equals(rendered(messages, false));
    }

    private Place place(int i) {
        if (together == null) {
            together = together(Placement.AROUND)
                    .orElseGet(() -> together(Placement.WITHIN_SPACE).orElse(new Marked("", Map.of())));
        }
        return places.computeIfAbsent(i, this::found);
    }

    private Optional<Marked> together(Placement placement) {
        Map<Integer, Placement> all = new HashMap<>();
        for (int k = 0; k < chat.messages().size(); k++) {
            all.put(k, placement);
        }
        return Optional.ofNullable(marked(chat.messages(), all, false)).filter(marked -> marked.text.equals(text));
    }

    private Place found(int i) {
        Place known = together == null ? Place.NOWHERE : together.place(i);
        if (known.isWhole()) {
            return known;
        }
        for (Placement placement : Placement.values()) {
            Marked alone = marked(chat.messages(), Map.of(i, placement), false);
            if (alone != null && alone.text.equals(text) && alone.place(i).isWhole()) {
                return alone.place(i);
            }
        }
        return Place.NOWHERE;
    }

    private @Nullable String rendered(List<Message> messages, boolean ask) {
        try {
            return template.render(messages, chat.tools(), ask);
        } catch (Refused e) {
            return null; // a template may refuse a part of a conversation that it takes as a whole
        }
    }

    private @Nullable Marked marked(List<Message> messages, Map<Integer, Placement> placements, boolean ask) {
        List<Message> changed = new ArrayList<>(messages);
        placements.forEach((i, placement) -> changed.set(i, marked(messages.get(i), i, placement)));
        String found = rendered(changed, ask);
        return found == null ? null : Marked.of(found, placements);
    }

    private static Message marked(Message message, int i, Placement placement) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>(message.fields());
        List<?> calls = calls(message);
        if (fields.get("content") instanceof String content && !(content.isEmpty() && calls != null)) {
            fields.put("content", placement.put(content, mark(i, 0), mark(i, 1)));
        }
        if (calls != null) {
            fields.put("tool_calls", named(calls, mark(i, 2)));
        }
        return new Message(fields);
    }

    /** The calls with a mark behind the last one's name. */
    private static List<@Nullable Object> named(List<?> calls, String mark) {
        List<@Nullable Object> changed = new ArrayList<>(calls);
        int last = calls.size() - 1;
        if (calls.get(last) instanceof Map<?, ?> call && call.get("function") instanceof Map<?, ?> function) {
            Map<Object, @Nullable Object> outer = new LinkedHashMap<>(call);
            Map<Object, @Nullable Object> inner = new LinkedHashMap<>(function);
            inner.put("name", function.get("name") + mark);
            outer.put("function", inner);
            changed.set(last, outer);
        }
        return changed;
    }

    private static @Nullable List<?> calls(Message message) {
        return message.fields().get("tool_calls") instanceof List<?> list && !list.isEmpty() ? list : null;
    }

    private static String mark(int message, int kind) {
        return Character.toString(FIRST_MARK + 3 * message + kind);
    }

    /** Ways to put marks into what a message says; templates cut off space and thoughts, and look at both ends. */
    private enum Placement {
        AROUND {
            @Override
            String put(String content, String open, String close) {
                return open + content + close;
            }
        },
        WITHIN_SPACE {
            @Override
            String put(String content, String open, String close) {
                return within(content, 0, open, close);
            }
        },
        BEHIND_THOUGHTS {
            @Override
            String put(String content, String open, String close) {
                int end = content.lastIndexOf(THOUGHTS_END);
                return within(content, end < 0 ? 0 : end + THOUGHTS_END.length(), open, close);
            }
        },
        /** Enough to know one place within the message again; not where it begins. */
        INSIDE {
            @Override
            String put(String content, String open, String close) {
                int middle = content.offsetByCodePoints(0, content.codePointCount(0, content.length()) / 2);
                return content.substring(0, middle) + close + content.substring(middle);
            }
        };

        abstract String put(String content, String open, String close);

        private static String within(String content, int least, String open, String close) {
            int from = least;
            int to = content.length();
            while (from < to && Character.isWhitespace(content.charAt(from))) {
                from++;
            }
            while (to > from && Character.isWhitespace(content.charAt(to - 1))) {
                to--;
            }
            return content.substring(0, from) + open + content.substring(from, to) + close + content.substring(to);
        }
    }

    /** Where a message's marks stand, -1 where one does not. */
    private record Place(Placement placement, int open, int close, int call) {

        static final Place NOWHERE = new Place(Placement.AROUND, -1, -1, -1);

        boolean isNowhere() {
            return anchor() < 0;
        }

        /** Whether it is found as it was put: of an opening or a closing mark alone the other was cut off. */
        boolean isWhole() {
            return !isNowhere() && (placement == Placement.INSIDE || (open < 0) == (close < 0));
        }

        int begin() {
            return open >= 0 ? open : anchor();
        }

        int anchor() {
            return Math.max(close, call);
        }
    }

    /** A text that was written with marks, without them, and where they stood. */
    private record Marked(String text, Map<Integer, Place> places) {

        static @Nullable Marked of(String marked, Map<Integer, Placement> placements) {
            StringBuilder text = new StringBuilder(marked.length());
            Map<Integer, int[]> found = new HashMap<>();
            int from = 0;
            for (int at = next(marked, 0); at < marked.length(); at = next(marked, from)) {
                text.append(marked, from, at);
                from = at + 2;
                int point = marked.codePointAt(at) - FIRST_MARK;
                int[] marks = found.computeIfAbsent(point / 3, k -> new int[] {-1, -1, -1});
                if (marks[point % 3] >= 0) {
                    return null; // written twice, so that neither is the place
                }
                marks[point % 3] = text.length();
            }
            text.append(marked, from, marked.length());
            Map<Integer, Place> places = new HashMap<>();
            found.forEach((message, marks) -> places.put(
                    message,
                    new Place(placements.getOrDefault(message, Placement.AROUND), marks[0], marks[1], marks[2])));
            return new Marked(text.toString(), places);
        }

        /** Where the next mark stands, a pair of surrogates; the text's end where there is none. */
        static int next(String text, int from) {
            int at = from;
            while (at < text.length()
                    && (text.charAt(at) < FIRST_HIGH
                            || text.charAt(at) > Character.MAX_HIGH_SURROGATE
                            || at + 1 == text.length()
                            || !Character.isLowSurrogate(text.charAt(at + 1)))) {
                at++;
            }
            return at;
        }

        Place place(int message) {
            return places.getOrDefault(message, Place.NOWHERE);
        }
    }
}
