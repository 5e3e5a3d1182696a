package org.moraine.registry.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangeTest {

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 10, 0, 1",
        "bytes=0-9, 10, 0, 10",
        "bytes=0-99, 10, 0, 10",
        "bytes=3-, 10, 3, 7",
        "bytes=-3, 10, 7, 3",
        "bytes=-30, 10, 0, 10",
        "bytes=9-9, 10, 9, 1",
        "bytes=0-999999999999999999, 10, 0, 10",
        "bytes=0-9999999999999999999999, 10, 0, 10",
        "bytes=-9999999999999999999999, 10, 0, 10"
    })
    void aRangeIsReadAsTheRfcSays(String header, long size, long from, long length) {
        assertThat(ByteRange.of(header, size)).hasValue(new ByteRange(from, length));
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=10-, 10",
        "bytes=10-12, 10",
        "bytes=9999999999999999999-, 10",
        "bytes=-0, 10",
        "bytes=0-, 0",
        "bytes=-5, 0",
        "bytes=0-0, 0"
    })
    void aRangePastTheEndIsKnownAsOne(String header, long size) {
        assertThat(ByteRange.of(header, size)).hasValueSatisfying(range -> {
            assertThat(range.isPastTheEnd()).isTrue();
            assertThat(range.of(size)).isEqualTo("bytes */" + size);
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bytes",
                "bytes=",
                "bytes=-",
                "bytes=5-3",
                "bytes=a-b",
                "bytes=0-1,3-4",
                "chunks=0-1",
                "bytes=1",
                "bytes=-1-2",
                "bytes=+1-2",
                "bytes=0x1-2",
                "bytes=١-٢"
            })
    void whatIsNoSingleRangeIsLeftOutOfAccount(String header) {
        assertThat(ByteRange.of(header, 10)).isEmpty();
    }

    @Test
    void noHeaderIsNoRange() {
        assertThat(ByteRange.of(null, 10)).isEmpty();
    }

    @Test
    void anyTwoNumbersGiveTheBytesThatBothTheFileAndTheRangeHave() {
        Random random = new Random(1);
        for (int i = 0; i < 10_000; i++) {
            int size = random.nextInt(12);
            int first = random.nextInt(15);
            int last = random.nextInt(15);
            int[] expected = IntStream.range(0, size)
                    .filter(at -> at >= first && at <= last)
                    .toArray();

            Optional<ByteRange> range = ByteRange.of("bytes=" + first + "-" + last, size);

            if (last < first) {
                assertThat(range).isEmpty();
            } else if (expected.length == 0) {
                assertThat(range.orElseThrow().isPastTheEnd()).isTrue();
            } else {
                assertThat(range).hasValue(new ByteRange(expected[0], expected.length));
            }
        }
    }

    @Test
    void noHeaderWhateverMakesAnythingButARangeWithinTheFile() {
        Random random = new Random(2);
        String letters = "bytes=-0123456789, \t\n\u0000x";
        for (int i = 0; i < 100_000; i++) {
            StringBuilder header = new StringBuilder(random.nextBoolean() ? "bytes=" : "");
            random.ints(random.nextInt(25), 0, letters.length()).forEach(at -> header.append(letters.charAt(at)));
            long size = random.nextInt(100);

            ByteRange.of(header.toString(), size).ifPresent(range -> {
                assertThat(range.length()).isNotNegative();
                if (!range.isPastTheEnd()) {
                    assertThat(range.from()).isBetween(0L, size - 1);
                    assertThat(range.from() + range.length()).isLessThanOrEqualTo(size);
                }
            });
        }
    }
}
