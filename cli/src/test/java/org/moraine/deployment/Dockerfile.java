package org.moraine.deployment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.moraine.stack.Checkout;

/**
 * A Dockerfile's instructions, as far as Moraine's own use them.
 *
 * @param lines each instruction on one line, without comments
 */
record Dockerfile(List<String> lines) {

    private static final Pattern SETTING = Pattern.compile("([A-Z_]+)=(\"[^\"]*\"|\\S*)");

    /** @param file its path in the repository */
    static Dockerfile read(String file) {
        try {
            String text = Files.readString(Checkout.root().resolve(file));
            return new Dockerfile(text.replaceAll("(?m)^\\s*#.*\\R", "")
                    .replaceAll("\\\\\\R\\s*", " ")
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All four, by their paths in the repository. */
    static Stream<String> files() {
        return Stream.of(
                "job-api/Dockerfile",
                "registry-service/Dockerfile",
                "trainer-worker/Dockerfile",
                "trainer-worker/Dockerfile.cuda");
    }

    /** What follows an instruction, each time it is given. */
    List<String> all(String instruction) {
        return lines.stream()
                .filter(line -> line.startsWith(instruction + " "))
                .map(line -> line.substring(instruction.length() + 1).strip())
                .toList();
    }

    /** What the image sets, but for where its Java is. */
    Map<String, String> environment() {
        Map<String, String> settings = new TreeMap<>();
        for (String line : all("ENV")) {
            Matcher setting = SETTING.matcher(line);
            while (setting.find()) settings.put(setting.group(1), setting.group(2));
        }
        settings.remove("JAVA_HOME");
        settings.remove("PATH");
        return settings;
    }

    /** The folders that a container of it writes to. */
    List<String> volumes() {
        return all("VOLUME").stream()
                .flatMap(line -> Stream.of(line.split(",")))
                .map(folder -> folder.replaceAll("[\\[\\]\" ]", ""))
                .toList();
    }
}
