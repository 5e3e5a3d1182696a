package org.moraine.engine.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.moraine.engine.EngineException;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;
import org.moraine.engine.tokenizer.Message;
import org.moraine.engine.tokenizer.Tokenizer;

/**
 * Generates text with a base model, with or without an adapter. Answers to several prompts are generated together, in one
 * native call: the weights are read once for all of them.
 */
public final class Generator implements AutoCloseable {

    private final BaseModel base;
    private final NDManager own;
    private final List<NDArray> weights;
    private final List<NDArray> matrices;
    private final Decoder decoder;
    private final Tokenizer tokenizer;

    public Generator(BaseModel base, @Nullable Adapter adapter) {
        this.base = base;
        this.own = base.manager().newSubManager();
        this.weights = new ArrayList<>(adapter == null ? base.weights() : adapter.weights());
        this.weights.addAll(base.forGeneration(own));
        this.matrices = adapter == null ? List.of() : adapter.matrices();
        this.tokenizer = Tokenizer.open(base.folder().folder());
        this.decoder = adapter == null ? Decoder.plain(base) : adapter.decoder(false);
    }

    /** What the assistant says to one message of a user, by the model's chat template. */
    public String answer(String userText, Sampling sampling) {
        return answer(List.of(Message.user(userText)), sampling);
    }

    /**
     * What the assistant says next in a conversation.
     *
     * @throws org.moraine.contracts.Refused where the model has no chat template or it refuses the conversation
     */
    public String answer(List<Message> conversation, Sampling sampling) {
        return next(List.of(prompt(conversation)), sampling).get(0);
    }

    /** What the assistant says to each of several messages, in their order. */
    public List<String> answers(List<String> userTexts, Sampling sampling) {
        return next(
                userTexts.stream()
                        .map(text -> prompt(List.of(Message.user(text))))
                        .toList(),
                sampling);
    }

    /** How a text goes on. */
    public String complete(String text, Sampling sampling) {
        return next(List.of(tokenizer.encode(text)), sampling).get(0);
    }

    private int[] prompt(List<Message> conversation) {
        return tokenizer.encodeBare(tokenizer.chat().render(conversation, null, true));
    }

    private List<String> next(List<int[]> prompts, Sampling sampling) {
        int longest = 0;
        long[] ends = new long[prompts.size()];
        for (int i = 0; i < ends.length; i++) {
            int length = prompts.get(i).length;
            if (length == 0) {
                throw new EngineException("the prompt has no token to go on from");
            }
            longest = Math.max(longest, length);
            ends[i] = length + (i == 0 ? 0 : ends[i - 1]);
        }
        base.config().requireFits("the prompt, with one token more,", longest + 1);
        int most = Math.min(sampling.mostTokens(), base.config().maxPositions() - longest);
        try (NDManager scope = base.manager().newSubManager()) {
            long[] made = decoder.generate(
                            scope.create(prompts.stream()
                                    .flatMapToInt(Arrays::stream)
                                    .asLongStream()
                                    .toArray()),
                            scope.create(ends),
                            weights,
                            matrices,
                            most,
                            sampling.temperature(),
                            sampling.topP(),
                            sampling.seed(),
                            tokenizer.endIds().stream()
                                    .mapToLong(Integer::longValue)
                                    .toArray())
                    .toLongArray();
            int steps = made.length / ends.length;
            return IntStream.range(0, ends.length)
                    .mapToObj(i -> tokenizer.decode(Arrays.stream(made, i * steps, (i + 1) * steps)
                            .filter(id -> id >= 0)
                            .mapToInt(Math::toIntExact)
                            .toArray()))
                    .toList();
        }
    }

    @Override
    public void close() {
        decoder.close();
        tokenizer.close();
        own.close();
    }
}
