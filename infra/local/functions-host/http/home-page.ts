/** What `GET /` answers when no function does (§6.3). */
export const homePage = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Functions host</title></head>
<body><h1>Your functions app is up and running</h1><p>This is the local functions host.</p></body>
</html>
`;
