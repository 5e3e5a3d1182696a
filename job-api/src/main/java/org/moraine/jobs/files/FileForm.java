package org.moraine.jobs.files;

import java.io.IOException;
import java.io.InputStream;
import org.moraine.contracts.Refused;
import org.moraine.contracts.TeamName;

/** The form with which a file comes: its bytes, its purpose, and how long it is kept. */
final class FileForm {

    private final StoredFiles files;
    private final MultipartBody form;

    FileForm(StoredFiles files, long largest) {
        this.files = files;
        this.form = new MultipartBody(files, "file", largest);
    }

    /** Reads the body to its end and makes the file; throws {@link Refused} where something is wrong with it. */
    StoredFile read(TeamName team, String contentType, InputStream body) throws IOException {
        return form.read(
                contentType,
                body,
                () -> {
                    if (form.field("purpose") != null) {
                        purpose();
                    }
                },
                blob -> files.add(
                        team,
                        form.name(),
                        purpose(),
                        blob,
                        Life.of(
                                form.field("expires_after[anchor]"),
                                form.field("expires_after[seconds]"),
                                name -> "expires_after[" + name + "]")));
    }

    private Purpose purpose() {
        String purpose = form.field("purpose");
        if (purpose == null) {
            throw Refused.invalid("purpose", "The part 'purpose' is missing; for training data it is 'fine-tune'");
        }
        return Purpose.ofUpload(purpose);
    }
}
