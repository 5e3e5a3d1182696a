package org.moraine.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.moraine.contracts.Refused;

/** {@code --out}: a folder that a command makes. */
final class OutFolder {

    private OutFolder() {}

    /** Refuses to write into a folder that holds something. */
    static void requireFree(Path out) throws IOException {
        if (Files.isDirectory(out)) {
            try (Stream<Path> files = Files.list(out)) {
                if (files.findAny().isPresent()) {
                    throw Refused.invalid("--out", out + " is not empty; name a new folder or remove it first");
                }
            }
        } else if (Files.exists(out)) {
            throw Refused.invalid("--out", out + " is a file; name a folder");
        }
    }
}
