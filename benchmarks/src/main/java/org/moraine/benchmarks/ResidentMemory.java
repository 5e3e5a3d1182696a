package org.moraine.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Resident memory of this process, as Linux counts it, mapped files included. */
final class ResidentMemory {

    private ResidentMemory() {}

    /** Bytes now. */
    static long now() {
        return bytes("VmRSS:");
    }

    /** The most bytes so far. */
    static long peak() {
        return bytes("VmHWM:");
    }

    private static long bytes(String field) {
        try {
            String found = Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith(field))
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("/proc/self/status has no " + field));
            return Long.parseLong(found.replaceAll("\\D", "")) * 1024;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
