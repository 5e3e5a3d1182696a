package org.moraine.engine.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PackingTest {

    private static final int END = 9;

    @Test
    void textsFollowEachOtherWithAnEndBetweenThem() {
        List<Example> packed = Packing.endToEnd(List.of(text(1, 1, 2, 3), text(2, 4, 5, END), text(3, 6, 7)), 4, END);

        assertThat(packed)
                .extracting(Example::ids)
                .containsExactly(new int[] {1, 2, 3, END}, new int[] {4, 5, END, 6}, new int[] {7, END});
        assertThat(packed.get(0).trained()).containsExactly(false, true, true, true);
        assertThat(packed.get(1).trained()).containsExactly(false, true, true, false);
        assertThat(packed).extracting(Example::line).containsExactly(1, 2, 3);
    }

    @Test
    void otherExamplesBringTheirOwnEnds() {
        Example chat = new Example(1, new int[] {1, 2, END, 3}, new boolean[] {false, true, true, false});

        List<Example> packed = Packing.endToEnd(List.of(chat, chat), 8, END);

        assertThat(packed).singleElement().satisfies(sequence -> {
            assertThat(sequence.ids()).containsExactly(1, 2, END, 3, 1, 2, END, 3);
            assertThat(sequence.trainedTokens()).isEqualTo(4);
        });
    }

    @Test
    void nothingIsLostButWhatBeginsASequence() {
        Random random = new Random(3);
        List<Example> examples = new ArrayList<>();
        long tokens = 0;
        for (int line = 1; line <= 500; line++) {
            int[] ids = random.ints(2 + random.nextInt(40), 0, 9).toArray();
            examples.add(text(line, ids));
            tokens += ids.length + 1;
        }

        List<Example> packed = Packing.endToEnd(examples, 32, END);

        assertThat(packed.subList(0, packed.size() - 1)).allMatch(sequence -> sequence.ids().length == 32);
        assertThat(packed.stream().mapToLong(s -> s.ids().length).sum()).isBetween(tokens - 1, tokens);
        assertThat(packed.stream().mapToLong(Example::trainedTokens).sum())
                .isBetween(tokens - 500 - packed.size(), tokens - 500);
    }

    private static Example text(int line, int... ids) {
        boolean[] trained = new boolean[ids.length];
        java.util.Arrays.fill(trained, 1, ids.length, true);
        return new Example(line, ids, trained);
    }
}
