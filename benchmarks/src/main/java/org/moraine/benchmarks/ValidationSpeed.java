package org.moraine.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.moraine.engine.data.FileReport;
import org.moraine.engine.data.TrainingFile;
import org.moraine.engine.tokenizer.Tokenizer;

/**
 * How fast training files are looked through, with and without a tokenizer, and with how much heap. The file is made
 * while it is read and never lies in memory: conversations of two questions and answers, 400 to 3,600 characters a line,
 * of 20,000 different words drawn by Zipf's law.
 */
public final class ValidationSpeed {

    private static final int BUFFERED_LINES = 4096;
    private static final int WORDS = 20_000;

    private ValidationSpeed() {}

    /** Takes the model's folder, then the megabytes to look through without a tokenizer, and those with one. */
    public static void main(String[] arguments) throws IOException {
        Path model = Path.of(arguments[0]);
        long plain = Long.parseLong(arguments[1]) * 1_000_000;
        long tokenised = Long.parseLong(arguments[2]) * 1_000_000;
        System.out.printf(
                "%s, Java %s, at most %d MB of heap%n%n",
                System.getProperty("os.arch"),
                Runtime.version().feature(),
                Runtime.getRuntime().maxMemory() / 1_000_000);
        System.out.println("| tokens counted | file | seconds | MB/s | MB/s of processor time | peak heap | tokens |");
        System.out.println("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        TrainingFile.check(new MadeFile(plain / 5)); // compiled before it counts
        row("no", plain, TrainingFile::check);
        try (Tokenizer tokenizer = Tokenizer.open(model)) {
            TrainingFile.check(new MadeFile(tokenised / 5), tokenizer, 2048);
            row(model.getFileName().toString(), tokenised, in -> TrainingFile.check(in, tokenizer, 2048));
        }
    }

    private interface Look {
        FileReport at(InputStream in) throws IOException;
    }

    private static void row(String what, long bytes, Look look) throws IOException {
        System.gc();
        ManagementFactory.getMemoryPoolMXBeans().forEach(MemoryPoolMXBean::resetPeakUsage);
        OperatingSystemMXBean machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        MadeFile file = new MadeFile(bytes);
        long begun = System.nanoTime();
        long processor = machine.getProcessCpuTime();
        FileReport report = look.at(file);
        double seconds = (System.nanoTime() - begun) / 1e9;
        double worked = (machine.getProcessCpuTime() - processor) / 1e9;
        if (report.problem().isPresent()) {
            throw new IllegalStateException("The file was not to have a problem: " + report.problem());
        }
        FileReport.TokenCounts tokens = report.tokens();
        System.out.printf(
                "| %s | %.0f MB | %.1f | %.1f | %.1f | %d MB | %s |%n",
                what,
                bytes / 1e6,
                seconds,
                bytes / 1e6 / seconds,
                bytes / 1e6 / worked,
                peakHeap() / 1_000_000,
                tokens == null ? "" : String.format("%.1f million", tokens.all() / 1e6));
    }

    private static long peakHeap() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
    }

    /** Lines that are made once, and given out again and again with another number in each. */
    private static final class MadeFile extends InputStream {

        private final byte[][] lines = new byte[BUFFERED_LINES][];
        private long left;
        private int number;
        private byte[] line = new byte[0];
        private int at;

        MadeFile(long bytes) {
            Random random = new Random(1);
            String[] words = new String[WORDS];
            for (int i = 0; i < WORDS; i++) {
                words[i] = word(random);
            }
            for (int i = 0; i < BUFFERED_LINES; i++) {
                lines[i] = line(words, random).getBytes(StandardCharsets.UTF_8);
            }
            left = bytes;
        }

        private static String word(Random random) {
            StringBuilder word = new StringBuilder();
            for (int i = random.nextInt(4); i >= 0; i--) {
                word.append("bcdfglmnprst".charAt(random.nextInt(12))).append("aeiou".charAt(random.nextInt(5)));
            }
            return word.append(random.nextInt(50) == 0 ? "é" : random.nextInt(3) == 0 ? "s" : "")
                    .toString();
        }

        private static String line(String[] words, Random random) {
            return "{\"messages\": [{\"role\": \"system\", \"content\": \"Number 00000000. " + said(words, random, 10)
                    + "\"}, {\"role\": \"user\", \"content\": \"" + said(words, random, 5 + random.nextInt(40))
                    + "\"}, {\"role\": \"assistant\", \"content\": \"" + said(words, random, 20 + random.nextInt(200))
                    + "\"}, {\"role\": \"user\", \"content\": \"" + said(words, random, 5 + random.nextInt(40))
                    + "\"}, {\"role\": \"assistant\", \"content\": \"" + said(words, random, 20 + random.nextInt(200))
                    + "\"}]}\n";
        }

        private static String said(String[] words, Random random, int count) {
            StringBuilder said = new StringBuilder();
            for (int i = 0; i < count; i++) {
                said.append(words[(int) Math.pow(WORDS, random.nextDouble()) - 1]);
                said.append(random.nextInt(12) == 0 ? ".\\n" : random.nextInt(9) == 0 ? ", " : " ");
            }
            return said.append("end.").toString();
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException("This file is read in pieces");
        }

        @Override
        public int read(byte[] into, int from, int length) {
            int given = 0;
            while (given < length) {
                if (at == line.length && !next()) {
                    break;
                }
                int piece = Math.min(length - given, line.length - at);
                System.arraycopy(line, at, into, from + given, piece);
                at += piece;
                given += piece;
            }
            return given == 0 ? -1 : given;
        }

        private boolean next() {
            if (left <= 0) {
                return false;
            }
            line = lines[number % BUFFERED_LINES];
            at = 0;
            left -= line.length;
            int digit = "{\"messages\": [{\"role\": \"system\", \"content\": \"Number 0000000".length();
            for (int rest = ++number; rest > 0; rest /= 10) {
                line[digit--] = (byte) ('0' + rest % 10);
            }
            return true;
        }
    }
}
