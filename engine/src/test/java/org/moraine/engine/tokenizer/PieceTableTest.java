package org.moraine.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PieceTableTest {

    private final PieceTable table = new PieceTable(20_000);

    @Test
    void whatWasAddedIsFoundWithItsIdsAndWhereTheyStand() {
        String text = "xx blue\ud83d\ude00yy";
        table.add(text, 2, 9, new Tokenizer.Spans(new int[] {7, 300_000, -2}, new int[] {0, 5, -1}, new int[] {5, 7, -1
        }));

        int[] found = Objects.requireNonNull(table.find(" blue\ud83d\ude00", 0, 7));

        assertThat(PieceTable.count(found)).isEqualTo(3);
        assertThat(IntStream.range(0, 3).map(i -> found[PieceTable.ids(found) + i]))
                .containsExactly(7, 300_000, -2);
        assertThat(IntStream.range(0, 3).map(i -> PieceTable.start(found, i))).containsExactly(0, 5, -1);
        assertThat(IntStream.range(0, 3).map(i -> PieceTable.end(found, i))).containsExactly(5, 7, -1);
        assertThat(table.find(text, 2, 8)).isNull();
        assertThat(table.find(" bluf\ud83d\ude00", 0, 7)).isNull();
    }

    @Test
    void whileItGrowsUnderManyThreadsEveryPieceIsFoundAsItWasAddedAndNoneBeyondTheMost() {
        AtomicInteger kept = new AtomicInteger();
        IntStream.range(0, 80_000).parallel().forEach(i -> {
            String piece = "p" + i % 40_000;
            int id = Integer.parseInt(piece.substring(1));
            int[] entry = table.find(piece, 0, piece.length());
            if (entry == null) {
                entry = table.add(
                        piece, 0, piece.length(), new Tokenizer.Spans(new int[] {id}, new int[] {0}, new int[] {1}));
            }
            if (entry != null) {
                assertThat(entry[PieceTable.ids(entry)]).isEqualTo(id);
            }
        });
        IntStream.range(0, 40_000).forEach(id -> {
            String piece = "p" + id;
            int[] entry = table.find(piece, 0, piece.length());
            if (entry != null) {
                assertThat(entry[PieceTable.ids(entry)]).isEqualTo(id);
                kept.incrementAndGet();
            }
        });

        assertThat(table.isFull()).isTrue();
        assertThat(kept).hasValue(20_000);
    }
}
