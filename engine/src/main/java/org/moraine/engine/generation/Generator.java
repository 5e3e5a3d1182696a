package org.moraine.engine.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.moraine.engine.EngineException;
import org.moraine.engine.adapter.Adapter;
import org.moraine.engine.model.BaseModel;
import org.moraine.engine.model.Decoder;
import org.moraine.engine.tokenizer.Message;
import org.moraine.engine.tokenizer.Tokenizer;

/** Generates text with a base model, with or without an adapter. The whole of one answer is one native call. */
public final class Generator implements AutoCloseable {

    private final BaseModel base;
    private final List<NDArray> weights;
    private final List<NDArray> matrices;
    private final Decoder decoder;
    private final Tokenizer tokenizer;

    public Generator(BaseModel base, @Nullable Adapter adapter) {
        this.base = base;
        this.weights = adapter == null ? base.weights() : adapter.weights();
        this.matrices = adapter == null ? List.of() : adapter.matrices();
        this.tokenizer = Tokenizer.open(base.folder().folder());
        this.decoder = adapter == null ? Decoder.plain(base.config()) : adapter.decoder(false);
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
        return next(tokenizer.encodeBare(tokenizer.chat().render(conversation, null, true)), sampling);
    }

    /** How a text goes on. */
    public String complete(String text, Sampling sampling) {
        return next(tokenizer.encode(text), sampling);
    }

    private String next(int[] prompt, Sampling sampling) {
        if (prompt.length == 0) {
            throw new EngineException("the prompt has no token to go on from");
        }
        base.config().requireFits("the prompt, with one token more,", prompt.length + 1);
        int most = Math.min(sampling.mostTokens(), base.config().maxPositions() - prompt.length);
        long[] ends = tokenizer.endIds().stream().mapToLong(Integer::longValue).toArray();
        try (NDManager scope = base.manager().newSubManager()) {
            long[] ids = Arrays.stream(prompt).asLongStream().toArray();
            long[] made = decoder.generate(
                            scope.create(ids, new Shape(1, ids.length)),
                            weights,
                            matrices,
                            most,
                            sampling.temperature(),
                            sampling.topP(),
                            sampling.seed(),
                            ends)
                    .toLongArray();
            return tokenizer.decode(
                    Arrays.stream(made).mapToInt(Math::toIntExact).toArray());
        }
    }

    @Override
    public void close() {
        decoder.close();
        tokenizer.close();
    }
}
