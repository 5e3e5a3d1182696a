package org.moraine.engine.data;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.moraine.engine.tokenizer.Message;

/** What one line of a training file says, before it is turned into ids. */
sealed interface ExampleLine {

    /**
     * A conversation.
     *
     * @param learnt for each message whether it is an answer to learn
     * @param tools what the assistant may call, as the template takes it; null where the line names none
     */
    record Chat(
            List<Message> messages,
            List<Boolean> learnt,
            @Nullable List<Map<String, @Nullable Object>> tools) implements ExampleLine {}

    /** A text and how it goes on; only the continuation is learnt. */
    record Completion(String prompt, String completion) implements ExampleLine {}

    /** A plain text, all of it learnt. */
    record Text(String text) implements ExampleLine {}

    /** A conversation that goes on in two ways, of which the first is the better; each is the conversation and more. */
    record Preference(Chat preferred, Chat other) implements ExampleLine {}
}
